/** The mark: four fields. Colours follow the theme; the name is always written beside it. */
export function Logo({ size = 36 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 36 36">
      <path d="M3 4.6 17 3l-.7 14.2L2.6 16z" fill="light-dark(#2c6036, #a5d49a)" />
      <path d="M20.6 3 32.6 4.2l.6 17-13-.8z" fill="light-dark(#dda91b, #e9cc62)" />
      <path d="M2.6 19.6 16.4 20.6 17 34 3.4 32.6z" fill="light-dark(#005f6b, #5fc9d6)" />
      <path d="M20.4 24.2 33 25l-.6 8.2-12-.4z" fill="light-dark(#bf5b2e, #f3ae88)" />
    </svg>
  );
}
