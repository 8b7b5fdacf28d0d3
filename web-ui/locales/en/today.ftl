# “Today”.

today-lead = { $read ->
    [0] { $messages ->
        [0] Hello { $name }. Nothing new to read.
        [one] Hello { $name }. One unread message.
       *[other] Hello { $name }. { $messages } unread messages.
      }
    [one] { $messages ->
        [0] Hello { $name }. One thing to read.
        [one] Hello { $name }. One thing to read, one unread message.
       *[other] Hello { $name }. One thing to read, { $messages } unread messages.
      }
   *[other] { $messages ->
        [0] Hello { $name }. { $read } things to read.
        [one] Hello { $name }. { $read } things to read, one unread message.
       *[other] Hello { $name }. { $read } things to read, { $messages } unread messages.
      }
  }
today-to-read = To read
today-read-empty = Nothing to read.
today-read-empty-why = Everything addressed to you has been read. Older posts stay on the wall of each space.
today-i-read = I have read it
today-i-read-this = I have read “{ $title }”
today-changes = What changed in my spaces
today-changes-empty = Nothing changed.
today-changes-empty-why = As soon as someone writes in one of your spaces, you see it here.
today-to-check = To check
today-check = { $count ->
    [one] One thing to check
   *[other] { $count } things to check
  }
today-own-held = { $count ->
    [one] One of your texts is to be checked by a manager
   *[other] { $count } of your texts are to be checked by a manager
  }
today-own-held-why = It is kept, nothing is lost.
