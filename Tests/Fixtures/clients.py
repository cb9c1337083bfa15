# SPDX-License-Identifier: Apache-2.0
"""Mail clients of Python's standard library against a running instance.

    clients.py smtp|imap|pop3 KEY=VALUE …    (host smtp submission submissions imap imaps pop3 pop3s user password other cert)

Prints a line a check; exit status 1 when one failed.
"""
import imaplib
import poplib
import smtplib
import ssl
import sys
import time

options = dict(word.split("=", 1) for word in sys.argv[2:])
user, password, other = options["user"], options["password"], options["other"]
context = ssl.create_default_context(cafile=options["cert"])
host = "localhost"
failed = 0


def port(name):
    return int(options[name])


def check(name, holds, detail=""):
    global failed
    if not holds:
        failed += 1
    print(("PASS " if holds else "FAIL ") + name + ("" if holds else f": {detail!r}"))


def attempt(name, call, wanted):
    try:
        result = call()
    except Exception as error:
        check(name, False, error)
        return None
    check(name, wanted(result) if callable(wanted) else result == wanted, result)
    return result


def refused(call, *errors):
    try:
        call()
    except errors as error:
        return str(error)
    return None


def message(subject, body="Body.\r\n"):
    return (
        f"From: <{user}>\r\nTo: <{other}>\r\nSubject: {subject}\r\nDate: Fri, 20 Nov 2026 12:00:00 +0000\r\n"
        f"Message-ID: <{subject.replace(' ', '-')}@client.test>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    ).encode()


def smtp():
    client = smtplib.SMTP(host, port("submission"), timeout=300)
    client.ehlo()
    check("AUTH is not offered in the clear", "auth" not in client.esmtp_features, client.esmtp_features)
    check("mail is refused in the clear", client.docmd("MAIL FROM:<a@client.test>")[0] == 530)
    attempt("STARTTLS", lambda: client.starttls(context=context)[0], 220)
    client.ehlo()
    for name in ("size", "pipelining", "8bitmime", "enhancedstatuscodes", "auth"):
        check(f"EHLO offers {name}", name in client.esmtp_features, client.esmtp_features)
    check("a recipient without log-in is refused", (client.mail(user), client.rcpt("x@elsewhere.test"))[1][0] in (554, 530))
    client.rset()
    error = refused(lambda: client.login(user, "wrong"), smtplib.SMTPAuthenticationError)
    check("a wrong password is refused with 535 5.7.8", error is not None and "535" in error and "5.7.8" in error, error)
    client.close()
    for mechanism in ("PLAIN", "LOGIN"):
        def login():
            fresh = smtplib.SMTP(host, port("submission"), timeout=300)
            fresh.starttls(context=context)
            fresh.ehlo()
            fresh.user, fresh.password = user, password
            code = fresh.auth(mechanism, {"PLAIN": fresh.auth_plain, "LOGIN": fresh.auth_login}[mechanism])[0]
            fresh.sendmail(user, [other], message(f"smtplib {mechanism}"))
            fresh.quit()
            return code
        attempt(f"AUTH {mechanism} and a message", login, 235)
    secure = smtplib.SMTP_SSL(host, port("submissions"), timeout=300, context=context)
    attempt("implicit TLS", lambda: secure.login(user, password)[0], 235)
    attempt("a message with 8 bit", lambda: secure.sendmail(user, [other], message("smtplib 8bit", "Grüße\r\n.dot\r\n"), ["BODY=8BITMIME"]), {})
    attempt(
        "one of two recipients refused",
        lambda: secure.sendmail(user, [other, "nobody@example.test"], message("smtplib two")),
        lambda refusals: list(refusals) == ["nobody@example.test"] and refusals["nobody@example.test"][0] == 550,
    )
    attempt("VRFY, NOOP, unknown", lambda: [secure.verify(other)[0], secure.noop()[0], secure.docmd("BOGUS")[0]], lambda r: r[0] in (250, 252) and r[1] == 250 and r[2] in (500, 502))
    attempt("QUIT", lambda: secure.quit()[0], 221)


def imap():
    client = imaplib.IMAP4(host, port("imap"), timeout=300)
    check("IMAP4rev1 and STARTTLS are offered", {"IMAP4REV1", "STARTTLS"} <= set(client.capabilities), client.capabilities)
    attempt("STARTTLS", lambda: client.starttls(context)[0], "OK")
    error = refused(lambda: client.login(user, "wrong"), imaplib.IMAP4.error)
    check("a wrong password is refused", error is not None and "AUTHENTICATIONFAILED" in error, error)
    attempt("LOGIN", lambda: client.login(user, password)[0], "OK")
    for number in range(1, 6):
        client.append("INBOX", None, None, message(f"imaplib {number}", f"Körper {number}\r\n"))
    attempt("SELECT", lambda: client.select("INBOX")[1], [b"5"])
    attempt("SEARCH", lambda: client.search(None, "SUBJECT", "imaplib")[1][0].split(), lambda r: len(r) == 5)
    attempt("SEARCH in the body", lambda: client.search("UTF-8", "BODY", '"imaplib"')[0], "OK")
    attempt(
        "FETCH of all items",
        lambda: client.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"),
        lambda r: r[0] == "OK" and len(r[1]) == 5,
    )
    attempt("FETCH gives the octets back", lambda: client.fetch("3", "(BODY.PEEK[])")[1][0][1], message("imaplib 3", "Körper 3\r\n"))
    attempt("FETCH of a field", lambda: client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1], b"Subject: imaplib 1\r\n\r\n")
    attempt("FETCH of a part", lambda: client.fetch("1", "(BODY.PEEK[]<6.5>)")[1][0][1], message("imaplib 1")[6:11])
    attempt("STORE", lambda: client.store("1", "+FLAGS", r"(\Flagged $Work)")[1][0], lambda r: b"\\Flagged" in r and b"$Work" in r)
    attempt("CREATE, in modified UTF-7", lambda: client.create('"Entw&APw-rfe"')[0], "OK")
    attempt("LIST", lambda: client.list()[1], lambda r: any(b"Entw&APw-rfe" in line for line in r))
    attempt("SUBSCRIBE and LSUB", lambda: (client.subscribe('"Entw&APw-rfe"'), client.lsub()[1])[1], lambda r: any(line and b"Entw&APw-rfe" in line for line in r))
    attempt("COPY", lambda: client.copy("1:2", '"Entw&APw-rfe"')[0], "OK")
    attempt("STATUS", lambda: client.status('"Entw&APw-rfe"', "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN)")[1][0], lambda r: b"MESSAGES 2" in r)
    attempt("RENAME", lambda: client.rename('"Entw&APw-rfe"', "Drafts2026")[0], "OK")
    attempt("NAMESPACE", lambda: client.namespace()[0], "OK")
    second = imaplib.IMAP4_SSL(host, port("imaps"), ssl_context=context, timeout=300)
    attempt("implicit TLS, AUTHENTICATE PLAIN", lambda: second.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())[0], "OK")
    second.select("INBOX")
    attempt("EXPUNGE in another session", lambda: (second.store("5", "+FLAGS.SILENT", r"(\Deleted)"), second.expunge()[1])[1], [b"5"])
    attempt("the first session learns of it", lambda: (client.noop(), client.response("EXPUNGE")[1])[1], [b"5"])
    attempt("CHECK and CLOSE", lambda: (client.check()[0], client.close()[0]), ("OK", "OK"))
    attempt("EXAMINE is read-only", lambda: (client.select("INBOX", readonly=True)[0], refused(lambda: client.store("1", "+FLAGS", r"(\Seen)"), imaplib.IMAP4.error, imaplib.IMAP4.readonly) is not None or client.store("1", "+FLAGS", r"(\Seen)")[0] == "NO"), ("OK", True))
    attempt("DELETE", lambda: client.delete("Drafts2026")[0], "OK")
    attempt("an unknown mailbox", lambda: client.select("None")[0], "NO")
    attempt("LOGOUT", lambda: client.logout()[0], "BYE")
    second.logout()


def pop3():
    # Whatever is there, as another client has left it.
    client = poplib.POP3(host, port("pop3"), timeout=300)
    attempt("CAPA", client.capa, lambda r: {"UIDL", "TOP", "STLS"} <= set(r))
    attempt("STLS", lambda: client.stls(context)[:3], b"+OK")
    client.user(user)
    error = refused(lambda: client.pass_("wrong"), poplib.error_proto)
    check("a wrong password is refused", error is not None and "-ERR" in error, error)
    client.user(user)
    attempt("PASS", lambda: client.pass_(password)[:3], b"+OK")
    count = attempt("STAT", lambda: client.stat()[0], lambda n: n >= 2)
    attempt("LIST sums up to STAT", lambda: sum(int(line.split()[1]) for line in client.list()[1]) == client.stat()[1], True)
    ids = attempt("UIDL", lambda: [line.split()[1] for line in client.uidl()[1]], lambda r: len(set(r)) == count)
    attempt("RETR has the size that LIST says", lambda: len(b"\r\n".join(client.retr(1)[1]) + b"\r\n") == int(client.list(1).split()[2]), True)
    attempt("TOP", lambda: client.top(1, 0)[1], lambda r: any(line.startswith(b"Subject:") for line in r) and r[-1] == b"")
    attempt("DELE, RSET", lambda: (client.dele(1), client.stat()[0], client.rset(), client.stat()[0])[1::2], (count - 1, count))
    attempt("an unknown number", lambda: refused(lambda: client.retr(999), poplib.error_proto), lambda r: r is not None)
    client.dele(1)
    attempt("QUIT", lambda: client.quit()[:3], b"+OK")
    secure = poplib.POP3_SSL(host, port("pop3s"), context=context, timeout=300)
    secure.user(user)
    secure.pass_(password)
    attempt("over implicit TLS the rest is there, under the same ids", lambda: [line.split()[1] for line in secure.uidl()[1]], ids[1:])
    secure.quit()


{"smtp": smtp, "imap": imap, "pop3": pop3}[sys.argv[1]]()
print(f"{failed} failed")
sys.exit(1 if failed else 0)
