/** «Messages» inside a space: its channels, and a new one for those who may. */
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useView } from "../../api/context.tsx";
import type { ChannelRow, Rows } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { EmptyState, Loading, SectionHeading } from "../../parts/small.tsx";
import { TextField } from "../../parts/TextField.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { mayWrite, useSpaceDetail } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import { ChannelList } from "./ChannelList.tsx";

export default function ChannelsTab() {
  const { t } = useText();
  const detail = useSpaceDetail();
  const view = useView<Rows<ChannelRow>>("/channels");
  const [adding, setAdding] = useState(false);
  const rows = (view.data?.rows ?? []).filter((row) => row.space.id === detail?.row.id);
  const canAdd = mayWrite(detail, "contributor");
  return (
    <section style={{ maxWidth: 720 }}>
      <SectionHeading title={t("tab-messages")}>
        {canAdd && (
          <Button icon={Plus} onClick={() => setAdding(true)}>
            {t("channel-new")}
          </Button>
        )}
      </SectionHeading>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      {view.isSuccess && rows.length === 0 && (
        <EmptyState title={t("channels-empty")} text={t("channels-empty-why")} />
      )}
      {rows.length > 0 && <ChannelList rows={rows} label={t("tab-messages")} />}
      {adding && detail && <NewChannel space={detail.row.id} onClose={() => setAdding(false)} />}
    </section>
  );
}

function NewChannel({ space, onClose }: { space: string; onClose: () => void }) {
  const { t } = useText();
  const attempt = useAttempt();
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return;
    void attempt({ feature: "channel", do: "create", space, name: name.trim() }, t("channel-made"));
    onClose();
  };
  return (
    <Dialog title={t("channel-new")} open onClose={onClose}>
      <form onSubmit={submit} style={{ display: "grid", gap: 16 }}>
        <TextField
          label={t("channel-name")}
          help={t("channel-name-help")}
          value={name}
          required
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" variant="primary" disabled={!name.trim()}>
          {t("channel-make")}
        </Button>
      </form>
    </Dialog>
  );
}
