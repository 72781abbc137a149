/** Does Label Studio let somebody in? Asked as a browser and as a program would. */
import { toolHttp } from './api-client.ts';
import { postForm } from './html-form.ts';

/** Whether this e-mail address and password still open a session. */
export async function canSignIn(baseUrl: string, account: { email: string; password: string }): Promise<boolean> {
  const response = await postForm(await toolHttp(baseUrl), baseUrl, '/user/login/', {}, account);
  // A refused sign-in shows the form again (200); an accepted one leads on (302).
  return response.status === 302;
}

/** Whether a personal access token can still be exchanged for an access token. */
export async function exchangesToken(baseUrl: string, personalToken: string): Promise<boolean> {
  const response = await (await toolHttp(baseUrl)).post('/api/token/refresh/', { refresh: personalToken });
  return response.status < 300;
}
