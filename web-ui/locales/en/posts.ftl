# The wall of a space.

post-new = Post
post-change = Edit the post
post-title = Title
post-text = Text
post-publish = Post on the wall
post-published = Posted on the wall.
wall-empty = The wall is empty.
wall-empty-why = A post is read by all members; everyone can comment and say thanks.
wall-empty-reader = The posts of this space will appear here.
