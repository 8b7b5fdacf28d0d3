export default function PageEditor(_props: {
  row: unknown;
  header: (state: React.ReactNode) => React.ReactNode;
  audience: React.ReactNode;
  onDone: () => void;
}) {
  return null;
}
