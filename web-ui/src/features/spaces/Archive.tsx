/** A space to take away: one file, in open formats, that proves where it comes from. */
import { Download } from "lucide-react";
import { buttonClass } from "../../parts/Button.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Form.module.css";

export function Archive({ space }: { space: string }) {
  const { t } = useText();
  return (
    <section className={styles.form} aria-labelledby="archive">
      <h2 id="archive">{t("archive-title")}</h2>
      <p>{t("archive-why")}</p>
      <p className="meta">{t("archive-without")}</p>
      <div className={styles.end}>
        <a
          className={buttonClass({ widePhone: true })}
          href={`/api/v1/spaces/${space}/archive.zip`}
          download
        >
          <Download aria-hidden="true" size={20} strokeWidth={1.9} />
          {t("archive-do")}
        </a>
      </div>
    </section>
  );
}
