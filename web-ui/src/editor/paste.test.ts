/** What pasted pages are reduced to, as data: the HTML of the source, the blocks that come out. */
import { DOMParser as PageParser } from "prosemirror-model";
import { describe, expect, test } from "vitest";
import { cleanHtml } from "./paste.ts";
import { bodySchema, safeHref } from "./schema.ts";
import { written } from "./test-support.ts";

const WORD_LIST = `<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'>
<![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>Pain<o:p></o:p></p>
<p class=MsoListParagraph style='margin-left:72.0pt;mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>1.<span>&nbsp;</span></span>Lait
entier</p>`;

const CASES: [name: string, html: string, blocks: string[]][] = [
  [
    "Google Docs wraps all in a bold that is not bold",
    '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr" style="line-height:1.38"><span style="font-size:11pt;font-weight:700">Gras</span><span style="font-style:italic;font-weight:400"> penché</span></p><br></b>',
    ["paragraph: <strong>Gras</strong><em> penché</em>"],
  ],
  [
    "Google Docs lists are nested",
    '<ul><li dir="ltr" aria-level="1"><p>un</p></li><ul><li aria-level="2"><p>deux</p></li></ul></ul><ol><li>trois</li></ol>',
    ["bullet indent=0: un", "bullet indent=1: deux", "ordered indent=0: trois"],
  ],
  [
    "Word writes lists as paragraphs",
    WORD_LIST,
    ["bullet indent=0: Pain", "ordered indent=1: Lait entier"],
  ],
  [
    "nothing that runs or loads comes through",
    '<p onclick="evil()">a<script>evil()</script><img src=x onerror=evil()><iframe src="//evil"></iframe></p><style>p{}</style><p><a href="java\nscript:evil()">b</a><a href="https://example.org/">c</a></p>',
    ["paragraph: a", "paragraph: b<link>c</link>"],
  ],
  [
    "headings below the third are thirds, and not bold twice",
    "<h1><b>Un</b></h1><h5 style='font-weight:bold'>Cinq</h5>",
    ["heading level=1: <strong>Un</strong>", "heading level=3: Cinq"],
  ],
  [
    "spaces of the source's layout go, line breaks stay",
    "<div>\n   un\n   deux<br>\n   trois </div>\n\n<pre>a\n  b\n</pre>",
    ["paragraph: un deux\ntrois", "code_block: a\n  b"],
  ],
  [
    "a table is a paragraph per row",
    "<table><tbody><tr><th>Jour</th><th>Lieu</th></tr><tr><td>Lundi</td><td>Don</td></tr></tbody></table>",
    ["paragraph: Jour | Lieu", "paragraph: Lundi | Don"],
  ],
  [
    "check boxes are to-dos",
    '<ul><li><input type="checkbox" checked> fait</li><li role="checkbox" aria-checked="false">à faire</li></ul>',
    ["todo indent=0 done=true: fait", "todo indent=0 done=false: à faire"],
  ],
  [
    "quotes, rules, struck text and code",
    '<blockquote><p>dit</p></blockquote><hr><p><del>non</del> <kbd>Ctrl</kbd> <span style="text-decoration:line-through">x</span></p>',
    [
      "quote: dit",
      "divider:",
      "paragraph: <strike>non</strike> <code>Ctrl</code> <strike>x</strike>",
    ],
  ],
  [
    "characters of several code points arrive whole",
    "<p>👨‍👩‍👧‍👦 🇫🇷 e\u0301 שלום \ufffc</p>",
    ["paragraph: 👨‍👩‍👧‍👦 🇫🇷 e\u0301 שלום"],
  ],
];

describe("pasted HTML", () => {
  test.each(CASES)("%s", (_name, html, blocks) => {
    const page = document.createElement("div");
    page.innerHTML = cleanHtml(html);
    const doc = PageParser.fromSchema(bodySchema).parse(page);
    expect(written(doc)).toEqual(blocks);
    expect(page.querySelector("[style],[class],[onclick],script,img,iframe")).toBeNull();
  });

  test("what was copied here is left as it is", () => {
    const html = '<p data-block="paragraph" data-pm-slice="1 1 []">a  b</p>';
    expect(cleanHtml(html)).toBe(html);
  });
});

describe("addresses of links", () => {
  test.each([
    ["https://example.org/a?b#c", true],
    ["HTTP://example.org", true],
    ["mailto:a@example.org", true],
    ["bocage:page/12", true],
    ["/espaces/1", true],
    ["autre-page", true],
    ["?q=a:b", true],
    ["javascript:alert(1)", false],
    ["\u0001java\tscript:alert(1)", false],
    ["data:text/html,x", false],
    ["vbscript:x", false],
    ["file:///etc/passwd", false],
    [" ", false],
  ])("%j is a link: %s", (href, link) => {
    expect(safeHref(href) !== null).toBe(link);
  });
});
