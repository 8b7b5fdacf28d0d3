/** Waiting for something to become so: always bounded, never blind. */

const lookEveryMs = 40;

/**
 * Calls `look` until it gives something true, and returns that. `what` ends the sentence «waited
 * 10 s for …»; what was seen last is told with it.
 */
export async function until(what, look, withinMs = 20_000) {
  const end = Date.now() + withinMs;
  let last;
  do {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, lookEveryMs));
  } while (Date.now() < end);
  const seen = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(`waited ${withinMs / 1000} s for ${what}; last seen: ${seen}`);
}
