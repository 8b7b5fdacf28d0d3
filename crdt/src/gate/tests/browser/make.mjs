// Makes changes.json beside it: what the web editor's automerge sends for all an editor does.
// Run it after every upgrade of @automerge/automerge, from a folder where that is installed:
//   node <this file> <saved genesis in hex> > changes.json
// The genesis in hex is printed by the test `browser_changes_pass` when changes.json is empty.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/package.json`);
const A = require("@automerge/automerge");

const genesis = Uint8Array.from(process.argv[2].match(/../g), (pair) => Number.parseInt(pair, 16));
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const string = (text) => new A.ImmutableString(text);
const changes = [];

const open = (actor) => A.load(genesis, { actor });
function edit(doc, write) {
  const next = A.change(doc, { time: 0 }, write);
  changes.push({ actor: A.getActorId(next), bytes: hex(A.getLastLocalChange(next)) });
  return next;
}

let anne = open("aa".repeat(16));
let ben = open("bb".repeat(16));

anne = edit(anne, (doc) => A.splice(doc, ["title"], 0, 0, "Menu d’été 🇫🇷"));
anne = edit(anne, (doc) => {
  A.splitBlock(doc, ["body"], 0, { type: string("heading"), level: 2 });
  A.splice(doc, ["body"], 1, 0, "Soupe");
  A.splitBlock(doc, ["body"], 6, { type: string("todo"), indent: 0, done: false });
  A.splice(doc, ["body"], 7, 0, "cafe\u0301 👩🏽‍🍳 ".repeat(40));
});
ben = A.applyChanges(ben, A.getChanges(A.init(), anne))[0];
ben = edit(ben, (doc) => A.mark(doc, ["body"], { start: 1, end: 6, expand: "after" }, "strong", true));
ben = edit(ben, (doc) => A.mark(doc, ["body"], { start: 7, end: 11, expand: "none" }, "link", "/p/1"));
ben = edit(ben, (doc) => A.mark(doc, ["body"], { start: 3, end: 4, expand: "both" }, "em", true));
ben = edit(ben, (doc) => A.unmark(doc, ["body"], { start: 3, end: 4, expand: "both" }, "em"));
ben = edit(ben, (doc) => A.updateBlock(doc, ["body"], 6, { type: string("todo"), indent: 0, done: true }));
anne = edit(anne, (doc) => A.splice(doc, ["body"], 2, 3, ""));
anne = edit(anne, (doc) => A.joinBlock(doc, ["body"], 0));
anne = edit(anne, (doc) => A.splice(doc, ["body"], 1, 0, "x"));
anne = edit(anne, (doc) => A.updateText(doc, ["title"], "Menu d’hiver 🇫🇮"));
anne = A.applyChanges(anne, A.getChanges(A.init(), ben))[0];
anne = edit(anne, (doc) => A.splice(doc, ["body"], 4, 6, "fin"));
anne = edit(anne, (doc) => {
  doc.due = string("2026-09-01");
  doc["step/1/done"] = true;
  doc.count = 3;
});
anne = edit(anne, (doc) => {
  delete doc.count;
});

const spans = A.spans(anne, ["body"]);
console.log(
  JSON.stringify(
    {
      changes,
      title: anne.title,
      body: spans.map((span) => (span.type === "text" ? span.value : "\n")).join(""),
    },
    null,
    1,
  ),
);
