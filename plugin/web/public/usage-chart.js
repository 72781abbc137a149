// Draws the bars of the usage page from its data; the table below says the same without scripts.
const HALF_DAY = 43_200;
const place = document.querySelector('[data-chart]');
if (place) {
  const { days, labels, tasks, others } = JSON.parse(place.dataset.chart);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = () => ({
    stroke: () => colour('--pico-color'),
    grid: { stroke: () => colour('--pico-muted-border-color'), width: 1 },
    ticks: { stroke: () => colour('--pico-muted-border-color'), width: 1 },
  });
  const size = () => ({ width: place.clientWidth, height: 240 });
  const chart = new uPlot(
    {
      ...size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
      cursor: { drag: { x: false, y: false } },
      scales: {
        x: { time: true, range: (_chart, low, high) => [low - HALF_DAY, high + HALF_DAY] },
        y: { range: (_chart, _low, high) => [0, Math.max(10, high * 1.1)] },
      },
      series: [
        { label: 'Day', value: '{YYYY}-{MM}-{DD}' },
        {
          label: 'Labels',
          stroke: () => colour('--chart-labels'),
          fill: () => colour('--chart-labels'),
          paths: uPlot.paths.bars({ size: [0.7, 40] }),
          points: { show: false },
          value: (_chart, value) => value?.toLocaleString('en-GB') ?? '–',
        },
        {
          label: 'Tasks',
          stroke: () => colour('--chart-tasks'),
          width: 2,
          points: { show: false },
          value: (_chart, value) => value?.toLocaleString('en-GB') ?? '–',
        },
        ...(others
          ? [
              {
                label: 'Labels of the other days',
                stroke: () => colour('--pico-color'),
                width: 2,
                dash: [6, 4],
                points: { show: false },
                value: (_chart, value) => value?.toLocaleString('en-GB') ?? '–',
              },
            ]
          : []),
      ],
      axes: [
        { ...axis(), values: [[1, '{D} {MMM}', null, null, null, null, null, null, 1]] },
        { ...axis(), size: 60 },
      ],
    },
    others ? [days, labels, tasks, others] : [days, labels, tasks],
    place,
  );
  addEventListener('resize', () => chart.setSize(size()));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => chart.redraw());
}
