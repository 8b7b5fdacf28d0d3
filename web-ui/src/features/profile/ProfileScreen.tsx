/** «Mon profil»: language, theme, my password, my devices, what waits on this one, and the way out. */

import { LogOut } from "lucide-react";
import { call } from "../../api/client.ts";
import { useMe } from "../../api/context.tsx";
import type { Language, Me, Theme } from "../../api/types.ts";
import { useSession } from "../../app/session.tsx";
import { Choices } from "../../land/LookPicker.tsx";
import { Button } from "../../parts/Button.tsx";
import { PersonName } from "../../parts/PersonName.tsx";
import { PersonCircle } from "../../parts/small.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { DoneToMe } from "../../shell/DoneToMe.tsx";
import { Link } from "../../shell/routing.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { useText } from "../../text/context.tsx";
import { ChangePassword } from "./ChangePassword.tsx";
import { Devices } from "./Devices.tsx";
import { MyData } from "./MyData.tsx";
import styles from "./Profile.module.css";
import { WaitingHere } from "./WaitingHere.tsx";

const languages: readonly Language[] = ["fr", "en"];
const themes: readonly Theme[] = ["auto", "light", "dark"];

export default function ProfileScreen() {
  const { t } = useText();
  const me = useMe();
  const session = useSession();
  const toast = useToast();
  const failed = (error: Error) => toast({ text: error.message, problem: true });

  // Shown at once, and taken back if the site says no.
  const prefer = (preferences: { language?: Language; theme?: Theme }) => {
    session.changed({ ...me, ...preferences });
    call<Me>("PUT", "/me/preferences", preferences).then(session.changed, (error: Error) => {
      session.changed(me);
      failed(error);
    });
  };
  return (
    <Screen title={t("profile-title")}>
      <div className={styles.sections}>
        <div className={styles.me}>
          <PersonCircle id={me.person.id} name={me.person.name} size={60} self />
          <div>
            <p className="strong">
              <PersonName person={me.person} />
            </p>
            <p className="meta">
              {[me.person.job, me.person.site, me.person.login].filter(Boolean).join(" · ")}
            </p>
          </div>
        </div>
        <DoneToMe />
        <WaitingHere />
        <Choices
          legend={t("language")}
          values={languages}
          value={me.language}
          onChange={(language) => prefer({ language })}
        >
          {(each) => <span lang={each}>{t(`language-${each}`)}</span>}
        </Choices>
        <Choices
          legend={t("theme")}
          values={themes}
          value={me.theme}
          onChange={(theme) => prefer({ theme })}
        >
          {(each) => t(`theme-${each}`)}
        </Choices>
        <ChangePassword />
        <Devices />
        <MyData />
        {me.person.partner === undefined && (
          <p>
            <Link to="/groupes">{t("groups-link")}</Link>
          </p>
        )}
        {me.rights.technician && (
          <p>
            <Link to="/site">{t("profile-site", { site: me.site.name })}</Link>
          </p>
        )}
        <div className={styles.actions}>
          <Button icon={LogOut} onClick={() => void session.signOut().catch(failed)}>
            {t("sign-out")}
          </Button>
        </div>
      </div>
    </Screen>
  );
}
