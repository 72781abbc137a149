import axios from 'axios';
import { expect } from 'chai';
import { startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { missingFromOpenApi } from '../../plugin/doctor/openapi.ts';

describe("doctor's look at OpenTrain's description", () => {
  async function served(): Promise<string> {
    const sandbox = await startSandbox();
    try {
      return JSON.stringify((await axios.get<unknown>(`${sandbox.baseUrl}/openapi.json`)).data);
    } finally {
      await sandbox.close();
    }
  }

  it('finds every operation and field that the plugin uses', async () => {
    expect(missingFromOpenApi(JSON.parse(await served()))).to.deep.equal([]);
  });

  it('names a field that is not there any more', async () => {
    const changed = (await served()).replaceAll('"externalProjectId"', '"projectKey"');
    const missing = missingFromOpenApi(JSON.parse(changed));
    expect(missing).to.include('GET /project-links does not give projectLinks[].externalProjectId');
    expect(missing).to.include('POST /project-links does not take externalProjectId');
  });

  it('names an operation that is not there any more', async () => {
    const changed = (await served()).replaceAll('/redeliver"', '/send-again"');
    expect(missingFromOpenApi(JSON.parse(changed))).to.deep.equal([
      'POST /webhook-endpoints/{}/redeliver is not there',
    ]);
  });
});
