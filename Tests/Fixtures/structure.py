# SPDX-License-Identifier: Apache-2.0
"""Compares BODYSTRUCTURE, sections and SEARCH with what Python's email package sees in generated messages.

    structure.py PORT USER PASSWORD ROUNDS

Exit status 1 at the first difference.
"""
import base64
import email
import email.header
import email.policy
import imaplib
import quopri
import random
import re
import sys

port, user, password, rounds = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
imaplib._MAXLINE = 10_000_000
draw = random.Random(2011)
words = ["alpha", "beta", "--", "--b", "From ", ".", "=20", "(x)", "Content-Type: text/html", "\xe4\xf6"]


def text():
    lines = [" ".join(draw.choice(words) for _ in range(draw.randint(0, 6))) for _ in range(draw.randint(1, 6))]
    return "\r\n".join(lines)


tokens = 0


def token():
    """A word that is nowhere else, of letters that need their character set."""
    global tokens
    tokens += 1
    return draw.choice(["tok\xe4n", "token", "T\xd6KEN"]) + f"{tokens}z"


def encoded(content):
    """Text as a body, with the fields that tell how it is to be read."""
    charset = draw.choice(["utf-8", "iso-8859-1", "UTF-8"])
    # Now and then it is so large that it is sent in pieces.
    long = ("0123456789" * 7 + "\r\n") * (12_000 if draw.random() < 0.02 else 0)
    data = f"{content}\r\n{long}{'filler ' * draw.randint(0, 20)}{token()}\r\n".encode(charset)
    encoding = draw.choice(["8bit", "base64", "quoted-printable"])
    if encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return f'; charset="{charset}"\r\nContent-Transfer-Encoding: {encoding}', data.decode("latin-1")


def part(depth, boundaries):
    """One part with its header; each kind is drawn."""
    kind = draw.choice(["text", "html", "octets", "none", "mixed", "alternative", "message"] if depth else ["text", "html"])
    fold = draw.choice([" ", "\r\n ", "\r\n\t"])
    if kind in ("mixed", "alternative"):
        boundary = "".join(draw.choice("abcdef'()+_,-./:=?0123") for _ in range(draw.randint(1, 69))) + "z"
        while any(boundary.startswith(other) or other.startswith(boundary) for other in boundaries):
            boundary = str(draw.random()) + "z"
        inner = [part(depth - 1, boundaries + [boundary]) for _ in range(draw.randint(1, 4))]
        body = "".join(f"--{boundary}\r\n{one}\r\n" for one in inner) + f"--{boundary}--"
        if draw.random() < 0.5:
            body = "preamble\r\n" + body + "\r\nepilogue"
        return f'Content-Type: multipart/{kind};{fold}boundary="{boundary}"\r\n\r\n{body}'
    if kind == "message":
        return f"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n{part(depth - 1, boundaries)}"
    if kind == "none":
        return f"\r\n{text()}"
    name = {"text": "text/plain", "html": "TEXT/HTML", "octets": "application/octet-stream"}[kind]
    fields, body = encoded(text()) if kind != "octets" else ("", text())
    return f'Content-Type: {name};{fold}name="{draw.choice(["a b", "x", "q.txt"])}"{fields}\r\nContent-Description: d\r\n\r\n{body}'


def parsed(data, place=0):
    """An IMAP list as Python lists, atoms and strings as bytes."""
    stack = [[]]
    while place < len(data):
        char = data[place:place + 1]
        if char == b"(":
            stack.append([])
            place += 1
        elif char == b")":
            if len(stack) == 1:
                break
            done = stack.pop()
            stack[-1].append(done)
            place += 1
        elif char == b'"':
            value = b""
            place += 1
            while data[place:place + 1] != b'"':
                if data[place:place + 1] == b"\\":
                    place += 1
                value += data[place:place + 1]
                place += 1
            place += 1
            stack[-1].append(value)
        elif char == b" ":
            place += 1
        elif char == b"{":
            end = data.index(b"}", place)
            size = int(data[place + 1:end])
            start = end + 3
            stack[-1].append(data[start:start + size])
            place = start + size
        else:
            end = place
            while end < len(data) and data[end:end + 1] not in (b" ", b"(", b")"):
                end += 1
            stack[-1].append(data[place:end])
            place = end
    return stack[0]


def tree(structure):
    """BODYSTRUCTURE as nested types."""
    if isinstance(structure[0], list):
        count = next(index for index, item in enumerate(structure) if not isinstance(item, list))
        return ("multipart/" + structure[count].decode().lower(), [tree(one) for one in structure[:count]])
    name = f"{structure[0].decode()}/{structure[1].decode()}".lower()
    return (name, [tree(structure[8])] if name == "message/rfc822" else [])


def reference(message):
    """What the email package has parsed, as nested types."""
    name = message.get_content_type()
    if message.is_multipart():
        return (name, [reference(one) for one in message.get_payload()])
    return (name, [])


def leaves(message, path=()):
    """The paths of IMAP to the parts that have no parts, with their text."""
    if message.get_content_type() == "message/rfc822":
        inner = message.get_payload(0)
        # A message that is nothing but a message: it is its own part 1.
        path = path or (1,)
        yield from leaves(inner, path) if inner.get_content_maintype() == "multipart" else leaves(inner, path + (1,))
    elif message.is_multipart():
        for number, one in enumerate(message.get_payload(), 1):
            here = path + (number,)
            yield from leaves(one, here)
    else:
        # Not get_payload(), which puts replacement characters where a byte is not ASCII.
        yield path or (1,), message._payload.encode("ascii", "surrogateescape")


def texts(message):
    """What a reader sees of a message: the decoded text of its parts."""
    for one in message.walk():
        if one.get_content_maintype() == "text" and not one.is_multipart():
            data = one.get_payload(decode=True)
            yield data.decode(one.get_content_charset() or "utf-8", "replace")


def search(key, value):
    """The numbers of the last messages in which a key finds a value."""
    client.literal = value.encode()
    return {int(found) for found in client.search("UTF-8", f"{max(1, number - 15)}:{number}", key)[1][0].split()}


def fail(text, message):
    print(text)
    print(message.decode("utf-8", "replace"))
    sys.exit(1)


def literal(answer):
    return next((one[1] for one in answer if isinstance(one, tuple)), b"")


client = imaplib.IMAP4("127.0.0.1", port, timeout=300)
client.login(user, password)
sections = searches = 0
client.create("Work")
client.select("Work")
for number in range(1, rounds + 1):
    subject = token() + " " + text().replace("\r\n", " ")
    line = email.header.Header(subject, draw.choice(["utf-8", "iso-8859-1"]), header_name="Subject").encode(linesep="\r\n")
    message = f"Subject: {line}\r\nMIME-Version: 1.0\r\n{part(4, [])}".encode("latin-1")
    client.append("Work", None, None, message)
    client.noop()
    seen = email.message_from_bytes(message, policy=email.policy.compat32.clone(linesep="\r\n"))
    answer = client.fetch(str(number), "(BODYSTRUCTURE)")[1]
    joined = b"".join(one if isinstance(one, bytes) else one[0] + b"\r\n" + one[1] for one in answer)
    structure = parsed(joined[joined.index(b"BODYSTRUCTURE ") + 14:])[0]
    if tree(structure) != reference(seen):
        fail(f"{tree(structure)}\n{reference(seen)}", message)
    whole = literal(client.fetch(str(number), "(BODY.PEEK[])")[1])
    if whole != message:
        fail("the message is another", message)
    for path, wanted in leaves(seen):
        name = ".".join(map(str, path))
        found = literal(client.fetch(str(number), f"(BODY.PEEK[{name}])")[1])
        if found != wanted:
            fail(f"BODY[{name}]: {found!r}, wanted {wanted!r}", message)
        start, count = draw.randint(0, len(wanted) + 2), draw.randint(1, len(wanted) + 2)
        found = literal(client.fetch(str(number), f"(BODY.PEEK[{name}]<{start}.{count}>)")[1])
        if found != wanted[start:start + count]:
            fail(f"BODY[{name}]<{start}.{count}>: {found!r} of {wanted!r}", message)
        sections += 2
    wanted = re.findall(r"t(?:ok\xe4n|oken|\xf6ken)\d+z", "\n".join(texts(seen)).lower())
    for one in wanted[:4]:
        if search("BODY", one.swapcase()) != {number}:
            fail(f"SEARCH BODY {one}: {search('BODY', one)}", message)
        if search("TEXT", one[:-1] + "q") or search("BODY", one + one):
            fail(f"SEARCH finds what is not there: {one}", message)
        searches += 3
    # Joined as in the field, where encoded words may have cut it.
    if search("SUBJECT", subject.split(" ")[0].swapcase()) != {number}:
        fail(f"SEARCH SUBJECT {subject}", message)
    searches += 1
client.logout()
print(f"{rounds} messages, {sections} sections and {searches} searches are the same")
