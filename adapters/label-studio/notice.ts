/**
 * A notice in a project's instructions. Label Studio strips HTML comments and ids from them, and keeps a `div` with a class
 * (measured on 1.23.2): so the block is such a `div`, and its class also remembers whether the instructions were hidden before.
 */
import { z } from 'zod';
import { ToolRefused } from '../errors.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';

const marker = 'opentrain-notice';
const hiddenBefore = 'opentrain-instruction-was-hidden';
const blockPattern = new RegExp(`<div class="${marker}( ${hiddenBefore})?">.*?</div>\\n?`, 'gs');

interface Instructions {
  html: string;
  shown: boolean;
}

const projectSchema = z
  .object({ expert_instruction: z.string().nullable(), show_instruction: z.boolean() })
  .transform((project): Instructions => ({ html: project.expert_instruction ?? '', shown: project.show_instruction }));

/** Puts the notice above the admin's text, replaces it, or takes it away (null). One read; a write only when it differs. */
export async function setNotice(api: ApiClient, projectId: string, notice: string | null): Promise<void> {
  const path = `/api/projects/${projectId}/`;
  const request: ApiRequest = { method: 'GET', path, expect: [404] };
  const { status, body } = await api.send(request);
  if (status === 404) {
    if (notice === null) return;
    throw new ToolRefused(`Label Studio has no project ${projectId}.`, 'Link an existing project, or unlink this one.');
  }
  const before = api.parse(projectSchema, request, body);
  const after = notice === null ? withoutNotice(before) : withNotice(before, notice);
  if (after.html === before.html && after.shown === before.shown) return;
  await api.send({
    method: 'PATCH',
    path,
    body: { expert_instruction: after.html, show_instruction: after.shown },
  });
}

/** The instructions as the admin left them. */
export function withoutNotice(instructions: Instructions): Instructions {
  const blocks = [...instructions.html.matchAll(blockPattern)];
  if (blocks.length === 0) return instructions;
  const wasHidden = blocks.some((block) => block[1] !== undefined);
  return { html: instructions.html.replace(blockPattern, ''), shown: instructions.shown && !wasHidden };
}

/** The instructions with this notice (plain text) on top, shown. */
export function withNotice(instructions: Instructions, notice: string): Instructions {
  const own = withoutNotice(instructions);
  const classes = own.shown ? marker : `${marker} ${hiddenBefore}`;
  return { html: `<div class="${classes}">${escaped(notice)}</div>\n${own.html}`, shown: true };
}

/** Label Studio lets scripts through in instructions: nothing of the text may be read as markup. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>');
}
