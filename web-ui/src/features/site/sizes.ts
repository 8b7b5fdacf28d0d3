/** Sizes on disk in words: «214 Go», «512 Mo»; powers of 1,000, as disks are sold. */
import { useText } from "../../text/context.tsx";

export function sizeParts(bytes: number): { value: number; unit: "MB" | "GB" | "TB" } {
  const round = (value: number) => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
  if (bytes >= 1e12) return { value: round(bytes / 1e12), unit: "TB" };
  if (bytes >= 1e9) return { value: round(bytes / 1e9), unit: "GB" };
  return { value: round(bytes / 1e6), unit: "MB" };
}

export function useSizeText(): (bytes: number) => string {
  const { t } = useText();
  return (bytes) => t("size", sizeParts(bytes));
}
