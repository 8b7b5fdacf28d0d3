# «Chercher».

search-label = Chercher un espace, une page, une publication
search-help = Tapez deux lettres au moins. Les accents, les pluriels et les majuscules ne comptent pas.
search-results = Résultats
search-count = { $count ->
    [0] Aucun résultat
    [one] { $count } résultat
   *[other] { $count } résultats
  }
search-none = Rien ne contient « { $text } ».
search-none-why = La recherche regarde les noms et les titres dans vos espaces. Essayez un mot plus court.
