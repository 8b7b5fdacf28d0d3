/** The registry: one line per feature, in the order of the tabs. */
import { check } from "./check/index.ts";
import { erasures } from "./erasures/index.ts";
import type { Feature } from "./feature.ts";
import { groups } from "./groups/index.ts";
import { guests } from "./guests/index.ts";
import { members } from "./members/index.ts";
import { messages } from "./messages/index.ts";
import { pages } from "./pages/index.ts";
import { posts } from "./posts/index.ts";
import { profile } from "./profile/index.ts";
import { search } from "./search/index.ts";
import { site } from "./site/index.ts";
import { spaces } from "./spaces/index.ts";
import { today } from "./today/index.ts";

export const features: readonly Feature[] = [
  today,
  posts,
  pages,
  messages,
  members,
  guests,
  check,
  spaces,
  erasures,
  search,
  groups,
  site,
  profile,
];
