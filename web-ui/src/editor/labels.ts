/** The texts of the editor. All come from outside, in the person's language; none is written here. */

export interface EditorLabels {
  /** Accessible name of the text, e.g. «Texte de la page». */
  body: string;
  /** Accessible name of the title field, e.g. «Titre de la page». */
  title: string;
  /** Shown in an empty page, e.g. «Écrivez ici». */
  bodyPlaceholder: string;
  /** Shown in an empty title, e.g. «Sans titre». */
  titlePlaceholder: string;
  /** Said on entering the text, e.g. «Échap puis Tab pour quitter le texte». */
  leaveHint: string;
  /** Accessible name of a check box, from its text, e.g. «Fait : prévenir les familles». */
  todo(text: string): string;
  /** Shown above a block that only a newer version can show. */
  unknownBlock: string;
}
