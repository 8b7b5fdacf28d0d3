# “Search”.

search-label = Search for a space, a page, a post
search-help = Type at least two letters. Accents, plurals and capitals do not matter.
search-results = Results
search-count = { $count ->
    [0] No result
    [one] { $count } result
   *[other] { $count } results
  }
search-none = Nothing contains “{ $text }”.
search-none-why = The search looks at names and titles in your spaces. Try a shorter word.
