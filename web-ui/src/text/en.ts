/** The English texts, as written in locales/en. */
const files: Record<string, string> = import.meta.glob("../../locales/en/*.ftl", {
  query: "?raw",
  import: "default",
  eager: true,
});
export default files;
