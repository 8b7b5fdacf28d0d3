/** The French texts of the first screen. */
const files: Record<string, string> = import.meta.glob(
  "../../locales/fr/{common,shell,today}.ftl",
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);
export default files;
