import { expect } from 'chai';
import fc from 'fast-check';
import { rewrittenQuery, wrongFilters, wrongFiltersInQuery } from '../../../adapters/label-studio/gateway-filters.ts';

const byFilter = (filter: unknown) => ({ filters: { conjunction: 'and', items: [{ filter, operator: 'contains' }] } });

const open = [
  ...['filter:tasks:id', 'filter:tasks:data.text', 'filter:tasks:data', 'filter:tasks:completed_at', 'tasks:inner_id'],
  ...['filter:-tasks:total_annotations', 'filter:tasks:predictions_results', 'filter:tasks:data.annotators'],
];
const closed = [
  ...['filter:tasks:annotations_results', 'filter:tasks:annotators', 'filter:tasks:annotations_ids', 'annotators'],
  ...['filter:tasks:updated_by', 'filter:tasks:avg_lead_time', 'filter:tasks:draft_exists', 'filter:-tasks:annotators'],
  // Label Studio takes "filter:" and "tasks:" away wherever they stand.
  ...[
    'annofilter:tators',
    'filter:tasks:annotators\n',
    'filter:tasks:data.x:y',
    'annotations__completed_by__email',
    '',
  ],
  ...[null, 7, ['filter:tasks:id'], { filter: 'filter:tasks:id' }],
];

/** Where a filter or an order may stand. */
const shapes: Readonly<Record<string, (column: unknown) => unknown>> = {
  'a filter': byFilter,
  'a filter of a tab': (column) => ({ project: 1, data: byFilter(column) }),
  'a filter below another': (column) => ({
    filters: { items: [{ filter: 'filter:tasks:id', child_filter: { filter: column } }] },
  }),
  'a group of filters': (column) => ({ filter_group: { conjunction: 'or', filters: [{ column }] } }),
  'an order': (column) => ({ data: { ordering: [column] } }),
  'an order that is no list': (column) => ({ ordering: Array.isArray(column) ? [column] : column }),
};

describe('filters and orders of Label Studio’s data manager, from a trainer', () => {
  for (const [shape, around] of Object.entries(shapes)) {
    it(`may be about what tasks are, and not about others’ work: ${shape}`, () => {
      for (const column of open) expect(wrongFilters(around(column)), String(column)).to.equal(null);
      for (const column of closed) {
        if (column === null && shape.startsWith('an order that')) continue;
        expect(wrongFilters(around(column)), JSON.stringify(column)).to.be.a('string');
      }
    });
  }

  it('are none in what the pages send beside them', () => {
    const hiddenColumns = { explore: ['tasks:annotators', 'tasks:annotations_results'], labeling: ['tasks:id'] };
    const data = { title: 'Mine', ordering: [], hiddenColumns, columnsWidth: { 'tasks:annotators': 90 }, type: 'list' };
    expect(wrongFilters({ project: 1, data })).to.equal(null);
    for (const ordering of [{}, null, []]) expect(wrongFilters({ ordering })).to.equal(null);
    expect(wrongFilters(undefined)).to.equal(null);
  });

  it('are found in an address too, encoded once or twice', () => {
    for (const [column, found] of [
      ['filter:tasks:annotators', true],
      ['filter:tasks:data.text', false],
    ] as const) {
      const text = JSON.stringify(byFilter(column));
      for (const query of [
        text,
        encodeURIComponent(text),
        text.replaceAll('a', '%61'),
        text.replaceAll('a', '\\u0061'),
      ])
        expect(wrongFiltersInQuery(new URLSearchParams({ query })) !== null, query).to.equal(found);
    }
    expect(wrongFiltersInQuery(new URLSearchParams({ query: '{' }))).to.be.a('string');
    expect(wrongFiltersInQuery(new URLSearchParams({ page: '1' }))).to.equal(null);
    expect(rewrittenQuery(new URLSearchParams({ page: '1' }))).to.deep.equal({});
  });

  it('are passed on as they were read', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, isEncodedTwice) => {
        const text = JSON.stringify(value);
        fc.pre(isEncodedTwice || !/%[0-9a-f]{2}/i.test(text));
        const query = isEncodedTwice ? encodeURIComponent(text) : text;
        const { query: passed = '' } = rewrittenQuery(new URLSearchParams({ query }));
        // Label Studio decodes once more.
        expect(JSON.parse(decodeURIComponent(passed))).to.deep.equal(JSON.parse(text));
      }),
    );
  });
});
