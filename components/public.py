"""Pages that anybody may open, without signing in: no script, nothing of any person, nothing from outside."""

from html import escape

from components.i18n import translate

_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
  body {{ margin: 0; background: #f3f7f7; color: #1c2b2e; font: 1.15rem/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }}
  main {{ max-width: 36rem; margin: 0 auto; padding: 1.6rem 1.1rem 3rem; }}
  h1 {{ font-size: 1.6rem; line-height: 1.3; margin: 0 0 .5rem; }}
  .above {{ display: block; font-weight: 600; margin: 1.4rem 0 .4rem; }}
  fieldset, .field {{ border: 0; margin: 1.4rem 0 0; padding: 1rem; border-radius: .6rem; background: #fff; }}
  legend, .field > label {{ font-weight: 700; padding: 0; float: left; width: 100%; margin-bottom: .5rem; }}
  .one {{ display: flex; align-items: center; gap: .8rem; min-height: 3rem; clear: both; border-top: 1px solid #dbe5e5; }}
  .one input {{ width: 1.5rem; height: 1.5rem; flex: none; accent-color: #0f6b75; }}
  .one label {{ flex: 1; padding: .5rem 0; }}
  textarea, input.text, input[type=text], button {{ box-sizing: border-box; width: 100%; font: inherit; padding: .8rem; border-radius: .5rem; clear: both; }}
  textarea, input.text, input[type=text] {{ border: 2px solid #4a5b60; background: #fff; min-height: 3.2rem; }}
  textarea {{ min-height: 6rem; }} .code {{ letter-spacing: .08em; text-transform: uppercase; }}
  button {{ margin-top: 1rem; border: 0; background: #0f6b75; color: #fff; font-weight: 600; min-height: 3.2rem; }}
  :focus-visible {{ outline: 3px solid #b36b00; outline-offset: 2px; }}
  .answer {{ margin-top: 1.4rem; padding: 1rem 1.2rem; border-radius: .5rem; background: #fff; border-left: .5rem solid #4a5b60; }}
  .answer.valid {{ border-color: #1b7f4b; }} .answer.void {{ border-color: #b3261e; }}
  .answer p {{ margin: 0 0 .3rem; }} .answer .says {{ font-size: 1.3rem; font-weight: 700; }}
  .says {{ margin: 1rem 0 0; padding: 1rem 1.2rem; border-radius: .5rem; background: #fff; border-left: .5rem solid #1b7f4b; font-weight: 600; }}
  .answer .says {{ margin: 0; padding: 0; border: 0; }}
  .no {{ border-color: #b3261e; }} .wrong {{ color: #b3261e; font-weight: 600; margin: .3rem 0 0; clear: both; }}
  dl {{ display: grid; grid-template-columns: auto 1fr; gap: .3rem 1rem; margin: .6rem 0 0; }} dt {{ color: #4a5b60; }} dd {{ margin: 0; overflow-wrap: anywhere; }}
  .quiet {{ color: #4a5b60; font-size: 1rem; }} .must {{ color: #b3261e; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def page(lang: str, title: str, body: str) -> str:
    """A whole page in "zh-CN" or "en". `title` and `body` are safe HTML."""
    return _PAGE.format(lang=lang, title=title, body=body)


def spoken(lang: str) -> str:
    """The language of the catalogue."""
    return "en" if lang == "en" else "zh"


def say(text: str, language: str, **facts: object) -> str:
    """In the reader's language, safe in HTML."""
    said = translate(text, language)
    return escape(said.format(**facts) if facts else said)
