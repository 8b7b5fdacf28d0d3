# Pages: list, reading, writing together.

page-new = New page
page-title = Title of the page
page-make = Create the page
pages-empty = No page.
pages-empty-why = A page is written by several people, at the same time or in turn.
pages-empty-reader = Pages written by the members will appear here.
page-audience = Visible to <b>the whole space: { $people } { $people ->
    [one] person
   *[other] people
  }{ $guests ->
    [0] {""}
    [one] , including 1 partner
   *[other] , including { $guests } partners
  }</b>.
page-blank = This page is still empty.
page-margin = In the margin
page-done = Done
page-editor-failed = Writing does not open.
page-editor-failed-why = The page can still be read. Try again when the site answers.
page-waiting-line = The site does not answer: what you write is kept on this device.
page-refused = Problem: the site did not take your last changes. Here is the text to use again.
also-writes = is writing too, at { $site }
writes-now = is writing now, at { $site }
person-at = { $name }, at { $site }

toolbar-label = Formatting
tool-undo = Undo
tool-redo = Redo
tool-heading = Heading
tool-bold = Bold
tool-italic = Italic
tool-list = List
tool-numbers = Numbers
tool-todo = Boxes
tool-quote = Quote
tool-link = Link
link-title = Link
link-address = Address
link-address-help = For example https://www.loire-atlantique.fr
link-bad = This address does not fit: begin with https://, http:// or mailto:.
link-set = Set the link
link-remove = Remove the link

editor-body = Text of the page
editor-body-placeholder = Write here
editor-title-placeholder = Untitled
editor-leave-hint = Escape then Tab to leave the text
editor-todo = Done: { $text }
editor-unknown-block = This passage needs a newer version of Bocage to be edited.
