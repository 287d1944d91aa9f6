"""Who is responsible: `/posts`, with what is missing on top."""

from components.page import begin
from components.register.screen import show
from components.territory.posts import EXTRAS
from db.territory.posts import POSTS

viewer = begin("post.view")
show(viewer, POSTS, EXTRAS)
