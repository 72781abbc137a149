/** When OpenTrain's answer means that a thing is not there any more. Pure. */
import { OpenTrainRefused } from './errors.ts';

const NOT_FOUND = 404;

/**
 * Whether a failed read says that the object is gone. Only a 404 does: any other refusal, and no answer at all, says nothing about
 * it, and nobody may lose access by that (contract: "Base, auth, errors").
 */
export function isGone(error: unknown): error is OpenTrainRefused {
  return error instanceof OpenTrainRefused && error.status === NOT_FOUND;
}
