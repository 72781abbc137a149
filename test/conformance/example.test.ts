import { loadAdapter } from '../../plugin/tool/load-adapter.ts';
import { startExampleTarget } from './example-tool/target.ts';
import { conformance } from './index.ts';

conformance('the example adapter, used by its path', async () =>
  startExampleTarget(await loadAdapter('./test/conformance/example-tool/adapter.ts')),
);
