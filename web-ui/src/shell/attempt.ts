/** Runs a command from a screen: says when it is done, and says the site's reason when it is not. */
import { useCallback } from "react";
import { useRun } from "../api/context.tsx";
import type { Command, CommandAnswer } from "../api/types.ts";
import { useToast } from "../parts/Toast.tsx";

export function useAttempt() {
  const run = useRun();
  const toast = useToast();
  return useCallback(
    async (command: Command, done?: string): Promise<CommandAnswer | undefined> => {
      try {
        const answer = await run(command);
        if (done) toast({ text: done });
        return answer;
      } catch (error) {
        toast({ text: (error as Error).message, problem: true });
        return undefined;
      }
    },
    [run, toast],
  );
}
