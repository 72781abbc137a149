/** The body of OpenTrain's refusals (contract: "Base, auth, errors"), read field by field: an odd one keeps what it says. */
import { z } from 'zod';

export interface ErrorEnvelope {
  /** Whether this is OpenTrain's error body: it has a message or a code. */
  known: boolean;
  /** Empty when there is none. */
  message: string;
  code: string;
  requestId: string | null;
}

const text = z.string().catch('');
const nested = z.object({ message: text, code: text }).catch({ message: '', code: '' });
const envelopeSchema = z
  .object({ error: z.unknown(), message: z.unknown(), code: text, requestId: text, request_id: text })
  .partial()
  .catch({});

/** What can be read of an answer's body; never throws. */
export function readErrorEnvelope(body: unknown): ErrorEnvelope {
  const { error, message, code, requestId, request_id } = envelopeSchema.parse(body);
  const inner = nested.parse(error);
  const said = text.parse(error) || inner.message || text.parse(message);
  const named = code || inner.code;
  return { known: said !== '' || named !== '', message: said, code: named, requestId: requestId || request_id || null };
}
