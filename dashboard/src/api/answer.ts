import { unreachable } from './problem';

/** ask is fetch, which throws a TypeError where no answer came: that is no mistake of this page, as another one is. */
export function ask(...of: Parameters<typeof fetch>): Promise<Response> {
  return fetch(...of).catch(lost);
}

/** answer is an answer with all of its body: one that breaks off got lost too. */
export async function answer(request: Request): Promise<Response> {
  const response = await ask(request);
  const body = await response.arrayBuffer().catch(lost);
  // Chromium gives a body, of nothing, to some answers that can't have one.
  return new Response(body.byteLength > 0 ? body : null, response);
}

function lost(error: unknown): never {
  throw error instanceof TypeError ? unreachable() : error;
}
