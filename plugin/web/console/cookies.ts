/** The console's cookies: never for scripts, and only over https where the plugin is served so. */
import type { CookieOptions, Request, Response } from 'express';
import type { Settings } from '../../settings/settings.ts';

export class ConsoleCookie {
  readonly #name: string;
  readonly #options: CookieOptions;

  /**
   * Browsers take a `__Host-` cookie only over https, never from another host, and only for the whole host: below a path, where the
   * host's other programs should not see it, it is a `__Secure-` one.
   */
  constructor({ plugin }: { plugin: Pick<Settings['plugin'], 'publicUrl' | 'basePath'> }, name: string) {
    const secure = plugin.publicUrl.startsWith('https:');
    const prefix = plugin.basePath === '' ? '__Host-' : '__Secure-';
    this.#name = secure ? prefix + name : name;
    this.#options = { httpOnly: true, sameSite: 'lax', secure, path: plugin.basePath || '/' };
  }

  /** Its value, or null when the browser sent none. */
  read(request: Request): string | null {
    for (const part of (request.get('Cookie') ?? '').split(';')) {
      const [key, value] = part.trim().split('=', 2);
      if (key === this.#name && value) return value;
    }
    return null;
  }

  set(response: Response, value: string, lifetimeMs: number): void {
    response.cookie(this.#name, value, { ...this.#options, maxAge: lifetimeMs });
  }

  clear(response: Response): void {
    response.clearCookie(this.#name, this.#options);
  }
}
