# «Aujourd’hui».

today-lead = { $read ->
    [0] { $messages ->
        [0] Bonjour { $name }. Rien de nouveau à lire.
        [one] Bonjour { $name }. Un message non lu.
       *[other] Bonjour { $name }. { $messages } messages non lus.
      }
    [one] { $messages ->
        [0] Bonjour { $name }. Une chose à lire.
        [one] Bonjour { $name }. Une chose à lire, un message non lu.
       *[other] Bonjour { $name }. Une chose à lire, { $messages } messages non lus.
      }
   *[other] { $messages ->
        [0] Bonjour { $name }. { $read } choses à lire.
        [one] Bonjour { $name }. { $read } choses à lire, un message non lu.
       *[other] Bonjour { $name }. { $read } choses à lire, { $messages } messages non lus.
      }
  }
today-to-read = À lire
today-read-empty = Rien à lire.
today-read-empty-why = Tout ce qui vous était adressé est lu. Les publications anciennes restent sur le mur de chaque espace.
today-i-read = J’ai lu
today-i-read-this = J’ai lu « { $title } »
today-changes = Ce qui a changé dans mes espaces
today-changes-empty = Rien n’a changé.
today-changes-empty-why = Dès qu’une personne écrit dans un de vos espaces, vous le voyez ici.
today-to-check = À vérifier
today-check = { $count ->
    [one] Une chose à vérifier
   *[other] { $count } choses à vérifier
  }
today-own-held = { $count ->
    [one] Un de vos textes est à valider par un responsable
   *[other] { $count } de vos textes sont à valider par un responsable
  }
today-own-held-why = Il est gardé, rien n’est perdu.
