/**
 * «Inviter un partenaire», one step after the other: what to share, how, everything that will
 * leave, and what to hand over. Nothing is given before the third step was read.
 */
import { useQueryClient } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { ApiError, call } from "../../api/client.ts";
import type { GuestList, GuestPersonReady, GuestTicketReady } from "../../api/types.ts";
import { Button } from "../../parts/Button.tsx";
import { useSpaceId } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import { type Access, AccessForm, newAccess } from "./AccessForm.tsx";
import styles from "./Guests.module.css";
import { LeavingList } from "./LeavingList.tsx";
import { AccountReady, TicketReady } from "./Ready.tsx";
import { ShareForm } from "./ShareForm.tsx";
import { endOf } from "./stay.ts";

const steps = ["share", "access", "leaving", "ready"] as const;
type Step = (typeof steps)[number];

export type Problem = { field?: string; text: string };
type Given =
  | { of: "account"; ready: GuestPersonReady; endMs: number }
  | { of: "ticket"; ready: GuestTicketReady };

type Props = {
  guests: GuestList;
  /** What to share is chosen: this space was opened for a partner just now. */
  chosen: boolean;
  onDone: () => void;
};

export function InvitePartner({ guests, chosen, onDone }: Props) {
  const { t } = useText();
  const space = useSpaceId();
  const cache = useQueryClient();
  const [step, setStep] = useState<Step>(chosen ? "access" : "share");
  const [access, setAccess] = useState<Access>(newAccess);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const [given, setGiven] = useState<Given | null>(null);

  const invite = async () => {
    const endMs = endOf(access.day);
    if (endMs === undefined) return;
    setSending(true);
    setProblem(null);
    try {
      setGiven(await ask(space, access, endMs));
      setStep("ready");
    } catch (error) {
      const field = error instanceof ApiError ? error.body.field : undefined;
      setProblem({ field, text: (error as Error).message });
      // What was refused is mended where it was written.
      if (field !== undefined) setStep("access");
    }
    setSending(false);
    void cache.invalidateQueries({
      predicate: ({ queryKey }) => String(queryKey[0]).startsWith(`/spaces/${space}`),
    });
  };

  return (
    <div className={styles.steps}>
      {step !== "ready" && (
        <div className={styles.back}>
          <Button variant="quiet" icon={ArrowLeft} onClick={onDone}>
            {t("invite-leave")}
          </Button>
        </div>
      )}
      <StepHeading key={step} step={step}>
        {t(step === "ready" ? `invite-ready-${access.how}` : `invite-${step}`)}
      </StepHeading>
      {step === "share" && <ShareForm space={space} onWhole={() => setStep("access")} />}
      {step === "access" && (
        <AccessForm
          access={access}
          reachable={guests.reachable}
          problem={problem}
          onChange={setAccess}
          onBack={chosen ? undefined : () => setStep("share")}
          onNext={() => {
            setProblem(null);
            setStep("leaving");
          }}
        />
      )}
      {step === "leaving" && (
        <LeavingList
          space={space}
          access={access}
          problem={problem}
          sending={sending}
          onBack={() => setStep("access")}
          onInvite={() => void invite()}
        />
      )}
      {given?.of === "account" && <AccountReady {...given} onDone={onDone} />}
      {given?.of === "ticket" && <TicketReady space={space} ready={given.ready} onDone={onDone} />}
    </div>
  );
}

async function ask(space: string, access: Access, endMs: number): Promise<Given> {
  const { how, role, login, name, organisation } = access;
  if (how === "site") {
    const ready = await call<GuestTicketReady>("POST", `/spaces/${space}/guest-sites`, {
      role,
      endMs,
    });
    return { of: "ticket", ready };
  }
  const body = {
    login: login.trim(),
    name: name.trim(),
    organisation: organisation.trim(),
    role,
    endMs,
  };
  const ready = await call<GuestPersonReady>("POST", `/spaces/${space}/guest-people`, body);
  return { of: "account", ready, endMs };
}

/** A new step is told by moving the focus to its title. */
function StepHeading({ step, children }: { step: Step; children: ReactNode }) {
  const { t } = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div>
      <p className="meta">
        {t("invite-step", { step: steps.indexOf(step) + 1, of: steps.length })}
      </p>
      <h2 ref={heading} tabIndex={-1}>
        {children}
      </h2>
    </div>
  );
}
