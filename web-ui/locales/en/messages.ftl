# Messages: channels, thread, writing.

messages-title = Messages
messages-list = My channels
messages-all = All
messages-back = Back to the list of channels
messages-choose = Choose a channel to read its messages.
messages-empty = No channel.
messages-empty-why = The channels of your spaces appear here.
messages-none-unread = Everything is read.
messages-none-unread-why = New messages will appear here.
messages-older = Older messages
channel-last = { $person }: { $text }
channel-new = New channel
channel-name = Name of the channel
channel-name-help = For example “Today’s roadworks”.
channel-make = Create the channel
channel-made = Channel created.
channels-empty = No channel in this space.
channels-empty-why = A channel is for talking through the day.
thread-of = Messages of “{ $title }”
thread-audience = The whole space <b>{ $space }, { $people } { $people ->
    [one] person
   *[other] people
  }</b>{ $guests ->
    [0] {""}
    [one] , including 1 partner
   *[other] , including { $guests } partners
  }
thread-empty = No message yet.
thread-empty-why = The first message is read by all members of the space.
new-messages = { $count ->
    [one] { $count } new message
   *[other] { $count } new messages
  }
composer-label = Write in “{ $channel }”, { $space }
composer-placeholder = Write to { $space }
composer-reader = In this space you read without writing.
message-too-long = This message is too long. Make it a page, or send it in two parts.
message-withdrawn = Message withdrawn by its author.
message-withdrawn-done = Message withdrawn.
composer-closed = This space is closed: everything can be read, nothing more is written.
