// @vitest-environment node
/** Part 3 of 4 of the random sessions: see test-convergence.ts. */
import { convergence } from "./test-convergence.ts";

convergence(2);
