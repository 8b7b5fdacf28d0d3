# Pages : liste, lecture, écriture à plusieurs.

page-new = Nouvelle page
page-title = Titre de la page
page-make = Créer la page
pages-empty = Aucune page.
pages-empty-why = Une page s’écrit à plusieurs, en même temps ou chacun son tour.
pages-empty-reader = Les pages écrites par les membres apparaîtront ici.
page-audience = Visible par <b>tout l’espace : { $people } { $people ->
    [one] personne
   *[other] personnes
  }{ $guests ->
    [0] {""}
    [one] , dont 1 partenaire
   *[other] , dont { $guests } partenaires
  }</b>.
page-blank = Cette page est encore vide.
page-margin = Dans la marge
page-done = Terminer
page-editor-failed = L’écriture ne s’ouvre pas.
page-editor-failed-why = La page reste lisible. Réessayez quand le site répond.
page-waiting-line = Le site ne répond pas : ce que vous écrivez est gardé sur cet appareil.
page-refused = Problème : le site n’a pas pris vos derniers changements. Voici le texte à reprendre.
also-writes = écrit aussi, à { $site }
writes-now = écrit en ce moment, à { $site }
person-at = { $name }, à { $site }

toolbar-label = Mise en forme
tool-undo = Annuler
tool-redo = Rétablir
tool-heading = Titre
tool-bold = Gras
tool-italic = Italique
tool-list = Liste
tool-numbers = Numéros
tool-todo = Cases
tool-quote = Citation
tool-link = Lien
link-title = Lien
link-address = Adresse
link-address-help = Par exemple https://www.loire-atlantique.fr
link-bad = Cette adresse ne convient pas : commencez par https://, http:// ou mailto:.
link-set = Mettre le lien
link-remove = Enlever le lien

editor-body = Texte de la page
editor-body-placeholder = Écrivez ici
editor-title-placeholder = Sans titre
editor-leave-hint = Échap puis Tab pour quitter le texte
editor-todo = Fait : { $text }
editor-unknown-block = Ce passage demande une version plus récente de Bocage pour être modifié.
