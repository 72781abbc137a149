import { loadAdapter } from '../../plugin/tool/load-adapter.ts';
import { declared } from './example-tool/declared.ts';
import { startExampleTarget } from './example-tool/target.ts';
import { conformance } from './index.ts';

conformance('the example adapter, used by its path', declared, async () =>
  startExampleTarget(await loadAdapter('./test/conformance/example-tool/adapter.ts')),
);
