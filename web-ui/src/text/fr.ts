/** The French texts, as written in locales/fr. */
const files: Record<string, string> = import.meta.glob("../../locales/fr/*.ftl", {
  query: "?raw",
  import: "default",
  eager: true,
});
export default files;
