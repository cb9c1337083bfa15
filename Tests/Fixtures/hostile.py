# SPDX-License-Identifier: Apache-2.0
"""Clients that send what no client should: each part fails where the server does anything but answer with an error.

    hostile.py PART KEY=VALUE …

PART is starttls, tickets, literals, unread, names or numbers; the keys are those of wire.py. Exit status 1 at the first
thing that must not be.
"""
import os
import random
import re
import socket
import ssl
import sys
import time

# Nothing is left behind beside this file.
sys.dont_write_bytecode = True
from wire import Client, answers, context, expect, imap, options, part, password, pop3, smtp, user


# MARK: row 4


def starttls():
    """Commands behind STARTTLS in the clear, in the same packet and in the next."""
    injected = {
        "smtp": (b"STARTTLS\r\n", b"MAIL FROM:<injected@client.test>\r\nRCPT TO:<alice@example.test>\r\n"),
        "submission": (b"STARTTLS\r\n", b"MAIL FROM:<injected@client.test>\r\n"),
        "imap": (b"a STARTTLS\r\n", f'b LOGIN "{user}" "{password}"\r\nc SELECT INBOX\r\n'.encode()),
        "pop3": (b"STLS\r\n", f"USER {user}\r\n".encode()),
    }
    for service, (command, behind) in injected.items():
        for pieces in ([command + behind], [command + behind[:1], behind[1:]], [command, behind]):
            client = {"smtp": smtp, "submission": lambda: smtp("submission"), "imap": lambda: imap(False),
                      "pop3": lambda: pop3(False)}[service]()
            for index, piece in enumerate(pieces):
                if index > 0 and piece == behind:
                    expect(client.line() is not None, "no answer to STARTTLS")
                try:
                    client.send(piece)
                except OSError:
                    break
            if pieces[0] == command:
                # The bytes are taken for a handshake, which they are not.
                said = client.rest()
                expect(not re.search(rb"(?m)^(250|[bc] OK|\+OK)", said), f"{service} obeyed {said!r} in the clear")
                continue
            answer = client.line()
            if answer is None or re.match(rb"5|\* BYE|a BAD|-ERR", answer):
                said = client.rest()
                expect(not re.search(rb"(?m)^(250|[bc] OK|\+OK)", said), f"{service} obeyed {said!r}")
                continue
            expect(re.match(rb"220|a OK|\+OK", answer), f"{service}: {answer!r}")
            try:
                client.start_tls(context())
            except (ssl.SSLError, OSError):
                # What came behind the command was no handshake.
                continue
            if service in ("smtp", "submission"):
                expect(client.ask(b"NOOP") == 250, "NOOP")
                expect(client.ask(b"RCPT TO:<bob@example.test>") == 503 or service == "submission", "MAIL was obeyed")
                expect(client.ask(b"EHLO x") == 250 and client.ask(b"QUIT") == 221, "more answers than questions")
            elif service == "imap":
                expect(client.tagged(b"d SELECT INBOX") in ("BAD", "NO"), "LOGIN was obeyed")
                expect(len(client.said) == 1, f"{client.said}")
            else:
                client.send(f"PASS {password}\r\n".encode())
                expect(client.line().startswith(b"-ERR"), "USER was obeyed")
    # What was said before the handshake counts no more behind it.
    client = pop3(False)
    client.send(f"USER {user}\r\n".encode())
    expect(client.line().startswith(b"+OK"), "USER")
    client.send(b"STLS\r\n")
    expect(client.line().startswith(b"+OK"), "STLS")
    client.start_tls(context())
    client.send(f"PASS {password}\r\n".encode())
    expect(client.line().startswith(b"-ERR"), "USER of before the handshake counted")


def tickets():
    """Sessions of one service are worth nothing to another; each service resumes its own."""
    def connect(service, tls, session=None):
        if service in ("imaps", "pop3s", "submissions"):
            client = Client(service, tls, session)
            client.line()
            return client
        client = Client(service)
        client.line()
        ask = {"smtp": b"STARTTLS", "imap": b"a STARTTLS", "pop3": b"STLS"}[service]
        if service == "smtp":
            expect(client.ask(b"EHLO client.test") == 250, "EHLO")
        client.send(ask + b"\r\n")
        client.line()
        client.start_tls(tls, session)
        client.send(b"a NOOP\r\n" if service == "imap" else b"NOOP\r\n")
        client.line()
        return client

    programs = {"smtp": ["smtp", "submissions"], "imap": ["imap", "imaps"], "pop3": ["pop3", "pop3s"]}
    resumed = 0
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        tls = context(version)
        for owner, names in programs.items():
            for name in names:
                session = connect(name, tls).socket.session
                expect(session is not None, f"no session at {name}")
                resumed += connect(name, tls, session).socket.session_reused
                for other, targets in programs.items():
                    for target in targets if other != owner else []:
                        client = connect(target, tls, connect(name, tls).socket.session)
                        expect(not client.socket.session_reused, f"a session of {name} was resumed at {target}")
    print(f"resumed at its own service {resumed} times of 12")


# MARK: row 7


def literals():
    """Many large literals and parentheses, before log-in and after, by several clients at once."""
    for login in (False, True):
        clients = [imap(login) for _ in range(int(options.get("clients", "20")))]
        for client in clients:
            for size in ("1048576", "4294967295", "18446744073709551615", "18446744073709551616", "9" * 40):
                for command in ("SEARCH TEXT", "LOGIN", "SELECT", "ID"):
                    client.send(f"a {command} {{{size}}}\r\n".encode())
                    text = client.line()
                    if text is None or text.startswith(b"* BYE"):
                        # Before log-in it may be enough at some point.
                        expect(not login, f"{command} {size} ended the session")
                        client = imap(login)
                        continue
                    expect(re.match(rb"a (NO|BAD)", text), f"{command} {{{size}}}: {text!r}")
            client.close()
        chunk = b"x" * 65536
        floods = [
            [b"a SEARCH TEXT {1048576+}\r\n"] + [chunk] * 16 + [b"\r\n"],
            [b"a LOGIN {1048576+}\r\n"] + [chunk] * 16 + [b"\r\n"],
            [b"a SEARCH " + b"(" * 1_000_000, b"\r\n"],
            [b"a FETCH 1 BODY[" + b"1." * 500_000, b"\r\n"],
            [b"a ID (" + b'"a" "b" ' * 120_000, b"\r\n"],
            [b"a SEARCH "] + [b"TEXT {1000+}\r\n" + b"y" * 1000 + b" "] * 2000 + [b"\r\n"],
            [b"a SEARCH " + b"NOT " * 250_000, b"\r\n"],
            [b"a FETCH 1:" + b"1,2:" * 250_000, b"\r\n"],
        ]
        if login:
            floods += [[b"a APPEND INBOX {99999999+}\r\n"] + [chunk] * 20]
        for number, flood in enumerate(floods):
            clients = [imap(login) for _ in range(10)]
            for _ in range(3):
                for index, client in enumerate(clients):
                    try:
                        for piece in flood:
                            client.send(piece)
                    except OSError:
                        expect(True, "")
            for client in clients:
                client.close()
        # Each flood has ended its own session at most.
        client = imap(login)
        expect(client.tagged(b"z NOOP") == "OK", "no service any more")


def unread():
    """Commands by the hundred thousand whose answers are never read."""
    clients = []
    for _ in range(5):
        clients += [(smtp(), b"NOOP\r\n"), (imap(False), b"a NOOP\r\n"), (imap(), b"a NOOP\r\n"),
                    (pop3(False), b"CAPA\r\n"), (pop3(), b"NOOP\r\n"), (imap(), b"a LIST \"\" *\r\n")]
    sent = 0
    for client, command in clients:
        client.socket.settimeout(0.3)
        try:
            for _ in range(200):
                client.send(command * 5000)
                sent += len(command) * 5000
        except OSError:
            pass
    print(f"{sent >> 20} MiB taken of {len(clients)} clients")
    if "until" in options:
        open(options["ready"], "w").close()
        while not os.path.exists(options["until"]):
            time.sleep(0.05)


# MARK: row 9


def odd_bytes(draw):
    pieces = [b"&", b"&-", b"&AOQ", b"&AOQ-", b"&2D3eAA-", b"&2D0-", b"&!!!-", b"&AGE-", b"\xff", b"\xc3", b"\xc3\xa4", b"\xed\xa0\x80",
              b"\xf0\x9f\x98", b"\xf0\x9f\x98\x80", b"..", b".", b"/", b"//", b"~", b"~root/", b"*", b"%", b"\\", b'"', b"{", b"}", b"(", b" ", b"#",
              b"\x01", b"\x7f", b"\x80", b"a", b"inbox", b"INBOX", b"cur", b"new", b"tmp", b"dovecot-uidlist", b"x" * 60, b"\t", b"\xe2\x80\xa8"]
    return b"".join(draw.choice(pieces) for _ in range(draw.randint(0, 5)))


def names():
    """Mailbox names and addresses that are none."""
    draw = random.Random(int(options.get("seed", "9")))
    rounds = int(options.get("rounds", "300"))
    client = imap()
    for number in range(rounds):
        name, other = odd_bytes(draw), odd_bytes(draw)
        literal, second = b"{%d+}\r\n%s" % (len(name), name), b"{%d+}\r\n%s" % (len(other), other)
        for command in (b"CREATE " + literal, b"STATUS " + literal + b" (MESSAGES)", b"SELECT " + literal, b"EXAMINE " + literal,
                        b"SUBSCRIBE " + literal, b'LIST "" ' + literal, b"LIST " + literal + b" *", b"LSUB " + literal + b" *", b"UNSUBSCRIBE " + literal,
                        b"RENAME " + literal + b" " + second, b"APPEND " + literal + b" {3+}\r\na\r\n", b"COPY 1 " + literal,
                        b"DELETE " + literal, b"DELETE " + second):
            answer = client.tagged(b"t%d " % number + command)
            if answer is None:
                said = b" ".join(client.said)
                expect(b"* BYE" in said and b"AUTHENTICATE" not in said, f"{command!r} ended the session: {said!r}")
                client = imap()
                continue
            expect(answer in ("OK", "NO", "BAD"), f"{command!r}: {answer}")
            for text in client.said:
                expect(b"\n" not in text and b"\r" not in text and b"\0" not in text, f"{command!r} answered {text!r}")
    expect(client.tagged(b"z NOOP") == "OK", "no service any more")
    for login in range(50):
        name, secret = odd_bytes(draw), odd_bytes(draw)
        client = imap(False)
        answer = client.tagged(b"a LOGIN {%d+}\r\n%s {%d+}\r\n%s" % (len(name), name, len(secret), secret))
        expect(answer in ("NO", "BAD"), f"LOGIN {name!r}: {answer}")
        client.close()
    client = smtp()
    parts = [b'""', b'"\\', b'"a', b"a b", b"@", b"<", b">", b"", b".", b"..", b"a.", b".a", b"\xc3\xa4", b"\xff", b"\x01", b"a@b", b"[127.0.0.1]",
             b"[IPv6:::1]", b"[IPv6:::::::]", b"[", b"]", b"[]", b"x" * 300, b'"\\"', b'"' + b"\\x" * 40 + b'"', b"(a)", b"a,b", b"a%b", b"a!b", b"%", b"+", b"a+",
             b"xn--", b"xn--a-.test", b"-a-.test", b"a..b", b"a_b", b"1.2.3.4", b"#1", b"postmaster", b":a", b"@a,@b:c", b'"a"."b"', b"\t", b"\x80", b"\xed\xa0\x80"]
    for number in range(rounds * 5):
        count = draw.randint(1, 3)
        address = b"".join(draw.choice(parts) for _ in range(count)) + draw.choice([b"@", b"", b"@@"]) + draw.choice(parts + [b"example.test"] * 20)
        if draw.random() < 0.3:
            address = b"<" + address
        for command in (b"MAIL FROM:<" + address + b">", b"RSET", b"MAIL FROM:<>", b"RCPT TO:<" + address + b">", b"VRFY " + address, b"RSET"):
            code = client.ask(command)
            if code == 421 or code is None:
                client = smtp()
                continue
            expect(code is not None and 200 <= code < 560, f"{command!r}: {code}")
    expect(client.ask(b"NOOP") == 250, "no service any more")


# MARK: row 10


def numbers():
    """Extremes of every number that a client may send."""
    large = ["0", "1", "4294967294", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
             "18446744073709551616", "9" * 30, "-1", "00000000000000000001"]
    client = imap()
    expect(client.tagged(b"a APPEND INBOX {26+}\r\nSubject: x\r\n\r\nbody\r\nend\r\n") == "OK", "APPEND")
    expect(client.tagged(b"b SELECT INBOX") == "OK", "SELECT")
    commands = []
    for number in large:
        commands += [f"FETCH {number} FLAGS", f"FETCH 1:{number} FLAGS", f"FETCH {number}:* UID", f"UID FETCH {number} FLAGS",
                     f"UID FETCH {number}:{number} (FLAGS)", f"UID FETCH 1,{number},*:{number} UID", f"SEARCH UID {number}:*", f"SEARCH {number}",
                     f"SEARCH LARGER {number}", f"SEARCH SMALLER {number}", f"STORE {number} +FLAGS (\\Seen)", f"UID STORE {number}:* +FLAGS (\\Seen)",
                     f"COPY {number} Trash", f"UID EXPUNGE {number}", f"FETCH 1 BODY.PEEK[]<{number}.{number}>", f"FETCH 1 BODY.PEEK[]<0.{number}>",
                     f"FETCH 1 BODY.PEEK[TEXT]<{number}.1>", f"FETCH 1 BODY.PEEK[{number}]", f"FETCH 1 BODY.PEEK[1.{number}.MIME]",
                     f"FETCH 1 (BODY.PEEK[HEADER]<{number}.{number}>)", f"APPEND INBOX {{{number}}}", f"UID SEARCH UID 1:{number},{number}"]
    for date in ("00-Jan-2026", "32-Jan-2026", "31-Feb-2026", "1-Jan-0000", "1-Jan-9999", "1-Jan-99999", "29-Feb-2023", "1-Xxx-2026", "-1-Jan-2026"):
        commands += [f"SEARCH SINCE {date}", f"SEARCH SENTBEFORE {date}", f"SEARCH ON \"{date}\""]
        for clock in ("00:00:00 +0000", "23:59:60 +0000", "24:00:00 +0000", "12:60:00 +0000", "12:00:00 +9999", "12:00:00 -9999", "99:99:99 +0000"):
            day = date if len(date) > 10 else "0" + date
            commands.append(f'APPEND INBOX "{day} {clock}" {{3+}}\r\na\r\n')
    for number, command in enumerate(commands):
        tag = b"t%d" % number
        client.send(tag + b" " + command.encode() + b"\r\n")
        text = client.line()
        if text is not None and text.startswith(b"+ "):
            # A size that it would take: an empty command ends it, or the message.
            size = int(re.search(r"\{(\d+)\}$", command)[1])
            expect(size <= 52428800, f"{command}: {text!r}")
            client.send(b"x" * size + b"\r\n")
            text = client.line()
        client.buffer = (text or b"") + b"\r\n" + client.buffer
        answer = client.answer(tag)
        if answer is None:
            expect(any(b"* BYE" in said for said in client.said), f"{command} ended the session: {client.said}")
            client = imap()
            expect(client.tagged(b"b SELECT INBOX") == "OK", "SELECT")
            continue
        expect(answer in ("OK", "NO", "BAD"), f"{command}: {answer}")
    for number in large:
        with_reply = [f"MAIL FROM:<a@b.test> SIZE={number}", f"MAIL FROM:<a@b.test> BODY=8BITMIME SIZE={number}", "RSET",
                      f"RCPT TO:<alice@example.test> NOTIFY={number}", f"EHLO [{number}.{number}.{number}.{number}]"]
        client = smtp()
        for command in with_reply:
            code = client.ask(command.encode())
            expect(code is not None and 200 <= code < 560, f"{command}: {code}")
        for kind in ("", " LAST"):
            client = smtp()
            client.ask(b"MAIL FROM:<a@b.test>")
            client.ask(b"RCPT TO:<alice@example.test>")
            client.send(f"BDAT {number}{kind}\r\n".encode())
            client.send(b"x" * (min(int(number), 100) if number.isdigit() else 0))
            client.socket.settimeout(1)
            try:
                code = client.reply()
                expect(code is None or 200 <= code < 560, f"BDAT {number}: {code}")
            except socket.timeout:
                expect(int(number) > 100, f"BDAT {number}: no answer")
            client.close()
    for number in large:
        # A fresh one each, since a few bad commands end a session.
        client = pop3()
        for command in (f"RETR {number}", f"DELE {number}", f"LIST {number}", f"UIDL {number}", f"TOP 1 {number}", f"TOP {number} {number}"):
            client.send(command.encode() + b"\r\n")
            text = client.line()
            expect(text is not None and text[:1] in b"+-", f"{command}: {text!r}")
            if text.startswith(b"+OK") and command.startswith(("RETR", "TOP")):
                while client.line() != b".":
                    pass
        client.send(b"RSET\r\n")
        expect(client.line().startswith(b"+OK"), f"no service any more after {number}")


{"starttls": starttls, "tickets": tickets, "literals": literals, "unread": unread, "names": names, "numbers": numbers}[part]()
print(f"{part}: {answers()} answers were as they should be")
