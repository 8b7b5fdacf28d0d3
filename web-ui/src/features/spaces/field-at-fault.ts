/** Takes the reader to the field that was refused: it may be screens away from the button pressed. */
import { type RefObject, useEffect, useRef } from "react";

export function useFieldAtFault(
  problem: { field?: string } | null,
): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (problem?.field === undefined) return;
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  return form;
}
