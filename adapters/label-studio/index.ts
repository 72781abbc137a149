/** The Label Studio adapter, as `TOOL_ADAPTER=label-studio` loads it. */
import type { AdapterModule } from '../tool.ts';
import { LabelStudioAdapter } from './adapter.ts';
import { labelStudioPeople } from './local-people.ts';
import { startLocalLabelStudio } from './local-server.ts';

const labelStudio: AdapterModule = {
  name: 'label-studio',
  createAdapter: async (options) => new LabelStudioAdapter(options),
  startLocalTool: startLocalLabelStudio,
  localPeople: labelStudioPeople,
};

export default labelStudio;
