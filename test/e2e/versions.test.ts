/** One trainer's story in the oldest supported version of each tool, on both databases; every other suite runs in the newest. */
import { expect } from 'chai';
import { databases, kits, type Product, runStory, steps } from '../versions/story.ts';
import { measuredVersions } from '../versions/supported.ts';

const products = Object.keys(kits).filter((name): name is Product => Object.hasOwn(measuredVersions, name));

for (const product of products) {
  const [oldest] = measuredVersions[product];
  describe(`the story in ${product} ${oldest}, the oldest that is supported`, function () {
    this.timeout(120_000);

    for (const database of databases) {
      it(`goes well on ${database}`, async () => {
        const [token = 'legacy'] = kits[product].tokenKinds(oldest);
        const outcome = await runStory({ product, version: oldest, database, token }, () => undefined);
        expect(outcome).to.deep.equal(Object.fromEntries(steps.map((step) => [step, null])));
      });
    }
  });
}
