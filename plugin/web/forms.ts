/** What the public forms share: reading them, their tokens, and the words for the tool and for passwords. */
import express, { type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import type { PluginContext } from '../context.ts';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../invitations/passwords.ts';
import { manifest } from '../settings/manifest.ts';
import { isFormToken, makeFormToken } from './form-token.ts';

/** No form of ours is larger. */
const LARGEST_FORM = '16kb';

/** Parses a posted form into `request.body`. */
export const readForm: RequestHandler = express.urlencoded({
  extended: false,
  limit: LARGEST_FORM,
  parameterLimit: 50,
});

const fieldsSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())])).catch({});

/** A field of the posted form; empty when absent or sent twice. */
export function field(request: Request, name: string): string {
  const value = fieldsSchema.parse(request.body ?? {})[name];
  // PostgreSQL's text cannot hold a null character, and nobody types one.
  return typeof value === 'string' ? value.replaceAll('\u0000', '') : '';
}

/** A part of the address, such as a token; empty when absent. */
export function pathPart(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}

/** The token for a public form about this subject. */
export function formToken(context: PluginContext, subject: string): string {
  return makeFormToken(context.keys.console, `public ${subject}`, context.clock.now());
}

/** Whether the posted form has a good token for this subject. */
export function isOurForm(context: PluginContext, request: Request, subject: string): boolean {
  return isFormToken(context.keys.console, `public ${subject}`, field(request, 'form'), context.clock.now());
}

export const FORM_TOO_OLD = 'This page was open for too long. Please fill it in once more.';

/** What trainers call the tool. */
export function toolName(context: PluginContext): string {
  const { adapter } = context.settings.tool;
  return manifest.adapters.find(({ name }) => name === adapter)?.title ?? 'the annotation tool';
}

/** What the form shows about a new password; `error` says what was wrong with the last one. */
export interface PasswordField {
  shortest: number;
  longest: number;
  /** With the two lengths in braces. */
  rule: string;
  error: string | null;
}

export function passwordField(error: string | null = null): PasswordField {
  return {
    shortest: SHORTEST_PASSWORD,
    longest: LONGEST_PASSWORD,
    rule: '{shortest} to {longest} characters. Three or four words that do not belong together are easy to remember and hard to guess.',
    error,
  };
}

/** What is wrong with the two fields before the password is looked at; null when nothing is. */
export function passwordProblem(request: Request): string | null {
  if (field(request, 'password') === '') return 'Choose a password.';
  // Only pages without scripts ask for it twice: the others can show what was typed.
  const asksTwice = fieldsSchema.parse(request.body ?? {}).repeat !== undefined;
  if (asksTwice && field(request, 'repeat') !== field(request, 'password')) return 'The two passwords differ.';
  return null;
}
