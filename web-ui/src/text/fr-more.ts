/** The French texts of all other screens. */
const files: Record<string, string> = import.meta.glob(
  ["../../locales/fr/*.ftl", "!**/{common,shell,today}.ftl"],
  { query: "?raw", import: "default", eager: true },
);
export default files;
