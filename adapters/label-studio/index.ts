/** The Label Studio adapter, as `TOOL_ADAPTER=label-studio` loads it. */
import type { AdapterModule } from '../tool.ts';
import { LabelStudioAdapter } from './adapter.ts';
import { labelStudioGateway } from './gateway.ts';
import { labelStudioSetUp } from './set-up.ts';

const labelStudio: AdapterModule = {
  name: 'label-studio',
  gateway: labelStudioGateway,
  setUp: labelStudioSetUp,
  createAdapter: async (options) => new LabelStudioAdapter(options),
};

export default labelStudio;
