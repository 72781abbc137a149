/** To be called within a `describe`: a core world before each test, whose endpoint's URL is that of a receiver of ours. */
import { CoreWorld } from './core-world.ts';
import { type FreshStore, freshStore, type StoreKind } from './store.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

export function useEndpointWorld(
  kind: StoreKind,
  open: (world: CoreWorld, receiver: WebhookReceiver, store: FreshStore) => void,
): void {
  let store: FreshStore;
  let receiver: WebhookReceiver;
  let world: CoreWorld;
  before(async () => {
    store = await freshStore(kind);
    receiver = await startWebhookReceiver();
  });
  after(async () => {
    await receiver.close();
    await store.drop();
  });
  beforeEach(async () => {
    receiver.received.length = 0;
    receiver.answerWith(() => 200);
    world = await CoreWorld.open(store, { settings: { PLUGIN_PUBLIC_URL: new URL(receiver.url).origin } });
    open(world, receiver, store);
  });
  afterEach(() => world.close());
}

/** OpenTrain disables every endpoint of the world, as it does after ten failed deliveries. */
export function disableAfterFailures({ sandbox }: CoreWorld): void {
  const disabled = { status: 'DISABLED', disabledReason: '10 consecutive failed deliveries', consecutiveFailures: 10 };
  for (const endpoint of sandbox.state.endpoints.values()) Object.assign(endpoint, disabled);
}
