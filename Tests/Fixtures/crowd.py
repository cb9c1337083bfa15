# SPDX-License-Identifier: Apache-2.0
"""Many clients at once against a running instance, from addresses of the loopback network.

    crowd.py KIND COUNT PORT KEY=VALUE …

KIND says what each of the COUNT clients does:

    smtp            greets and waits
    imap            logs in, selects INBOX and waits in IDLE; with tls=1 over TLS from the first byte
    login           connects to a log-in port and says nothing
    handshake       sends the first bytes of a TLS handshake and nothing more; with starttls=1 after STARTTLS
    drip            sends a message of SMTP, a byte every `pause` seconds
    unread          logs in, asks for `fetch` of the first message (POP3 with protocol=pop3: all of it) and reads nothing;
                    with pause=SECONDS it reads a byte at a time
    auth            begins to log in (protocol=smtp, imap or pop3), and sends its response a byte every `pause` seconds
    oversized       sends log-ins of 100 KB, right and wrong base64, as fast as they are answered (protocol as above)
    chunks          sends a message of SMTP in chunks of one byte, as fast as it can
    busy            sends NOOP as fast as it can (protocol as above), and reads the answers
    vanish          as smtp, or as imap with imap=1, or when it was greeted with greeted=1 (protocol as below); then goes
                    without a word: no FIN, no RST (needs CAP_NET_ADMIN)
    flood           connects, waits for the first line and closes, again and again
    passwords       logs in with wrong passwords again and again: imap, or smtp with smtp=1

Options: ready=FILE is written when all are in place; the crowd leaves when until=FILE exists. from=PREFIX are the
addresses ("127.0.1." and a number from 1 to 250, or one whole address). user, password, fetch, pause, protocol as above.
"""
import asyncio
import base64
import os
import resource
import socket
import ssl
import struct
import sys

kind, count, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
options = dict(word.split("=", 1) for word in sys.argv[4:])
prefix = options.get("from", "127.0.1.")
user, password = options.get("user", ""), options.get("password", "")
protocol = options.get("protocol", "imap")
tally = {"connections": 0, "attempts": 0, "refused": 0, "errors": 0}
# At once on their way; the rest waits.
gate = asyncio.Semaphore(int(options.get("opening", "64")))
leaving = asyncio.Event()
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
REPAIR = 19


def address(number):
    return prefix if prefix.count(".") == 3 and not prefix.endswith(".") else f"{prefix}{1 + number % 250}"


async def connect(number, tls=False):
    plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    plain.setblocking(False)
    plain.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
    if kind == "unread":
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.bind((address(number), 0))
    try:
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
    except BaseException:
        plain.close()
        raise
    tally["connections"] += 1
    return await asyncio.open_connection(sock=plain, ssl=context if tls else None, server_hostname="localhost" if tls else None, limit=4096)


async def line(reader):
    text = await asyncio.wait_for(reader.readline(), 120)
    if not text:
        raise EOFError("the server has closed the connection")
    return text.decode("utf-8", "replace").rstrip()


async def reply(reader):
    while True:
        text = await line(reader)
        if text[3:4] != "-":
            return text


async def ask(reader, writer, text):
    writer.write(text.encode() + b"\r\n")
    return await reply(reader)


async def tagged(reader, writer, tag, text, end=None):
    """Sends a command; the line that begins with the tag, or with `end`."""
    writer.write(f"{tag} {text}\r\n".encode())
    while True:
        answer = await line(reader)
        if answer.startswith(end or tag + " "):
            return answer


def expect(holds, text):
    if not holds:
        raise ValueError(text)


async def smtp(number):
    reader, writer = await connect(number)
    expect((await reply(reader)).startswith("220"), "no greeting")
    expect((await ask(reader, writer, "EHLO crowd.test")).startswith("250"), "no EHLO")
    return reader, writer


async def imap(number, idle=True):
    reader, writer = await connect(number, options.get("tls") == "1")
    expect((await line(reader)).startswith("* OK"), "no greeting")
    answer = await tagged(reader, writer, "a", f'LOGIN "{user}" "{password}"')
    expect(answer.startswith("a OK"), answer)
    answer = await tagged(reader, writer, "b", "SELECT INBOX")
    expect(answer.startswith("b OK"), answer)
    if idle:
        await tagged(reader, writer, "c", "IDLE", "+ ")
    return reader, writer


async def pop3(number):
    reader, writer = await connect(number)
    expect((await line(reader)).startswith("+OK"), "no greeting")
    for text in (f"USER {user}", f"PASS {password}") if password else ():
        writer.write(text.encode() + b"\r\n")
        expect((await line(reader)).startswith("+OK"), text)
    return reader, writer


async def greeted(number):
    """A client of `protocol` that has been greeted and has not logged in."""
    if protocol == "smtp":
        return await smtp(number)
    reader, writer = await connect(number)
    await line(reader)
    return reader, writer


async def wait(reader, writer):
    # The server may end it; what it says is read, as clients do.
    reading = asyncio.ensure_future(reader.read(4096))
    leave = asyncio.ensure_future(leaving.wait())
    while not leaving.is_set():
        await asyncio.wait([reading, leave], return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and not leaving.is_set():
            if not reading.result():
                tally["refused"] += 1
                break
            reading = asyncio.ensure_future(reader.read(4096))
    reading.cancel()
    leave.cancel()


async def settle(number, ready):
    """Opens one client of the kind, counts it as ready, and has it do what it does until all leave."""
    async with gate:
        if kind == "smtp" or kind == "drip":
            reader, writer = await smtp(number)
        elif kind == "vanish":
            reader, writer = await (imap if options.get("imap") else greeted if options.get("greeted") else smtp)(number)
        elif kind == "imap":
            reader, writer = await imap(number)
        elif kind == "unread":
            reader, writer = await (pop3(number) if protocol == "pop3" else imap(number, idle=False))
        elif kind == "auth":
            reader, writer = await greeted(number)
            command = {"smtp": "AUTH PLAIN", "imap": "a AUTHENTICATE PLAIN", "pop3": "AUTH PLAIN"}[protocol]
            writer.write(command.encode() + b"\r\n")
            expect((await line(reader)).startswith(("334", "+")), f"no {command}")
        else:
            reader, writer = await connect(number)
        if kind == "login":
            await line(reader)
        if kind == "drip":
            expect((await ask(reader, writer, "MAIL FROM:<a@crowd.test>")).startswith("250"), "no MAIL")
            expect((await ask(reader, writer, f"RCPT TO:<{user}>")).startswith("250"), "no RCPT")
            expect((await ask(reader, writer, "DATA")).startswith("354"), "no DATA")
        if kind == "handshake":
            if options.get("starttls"):
                expect((await reply(reader)).startswith("220"), "no greeting")
                expect((await ask(reader, writer, "EHLO crowd.test")).startswith("250"), "no EHLO")
                expect((await ask(reader, writer, "STARTTLS")).startswith("220"), "no STARTTLS")
            writer.write(bytes.fromhex("16030100c8010000c4"))
            await writer.drain()
        if kind == "unread":
            writer.transport.pause_reading()
            command = "RETR 1" if protocol == "pop3" else f"d FETCH 1 {options.get('fetch', 'BODY.PEEK[]')}"
            writer.write(command.encode() + b"\r\n")
    ready()
    if kind == "vanish":
        # In repair mode the kernel closes without telling the other side.
        plain = writer.transport.get_extra_info("socket")
        plain.setsockopt(socket.IPPROTO_TCP, REPAIR, 1)
        writer.transport.abort()
        await leaving.wait()
        return
    if kind in ("drip", "auth"):
        text = b"Subject: drip\r\n\r\n" + b"slowly " * 10000 if kind == "drip" else b"QUFB" * 2000
        for index in range(len(text)):
            if leaving.is_set():
                break
            writer.write(text[index:index + 1])
            try:
                await asyncio.wait_for(leaving.wait(), float(options.get("pause", "1")))
            except asyncio.TimeoutError:
                pass
    elif kind == "unread" and "pause" in options:
        plain = writer.transport.get_extra_info("socket")
        while not leaving.is_set():
            try:
                # Behind the back of the reader, which is paused.
                os.read(plain.fileno(), 1)
            except BlockingIOError:
                pass
            await asyncio.sleep(float(options["pause"]))
    elif kind == "unread":
        await leaving.wait()
    else:
        await wait(reader, writer)
    writer.transport.abort()


async def press(number, ready):
    """Sends as fast as the server takes and answers it, until all leave."""
    ready()
    while not leaving.is_set():
        writer = None
        try:
            reader, writer = await (smtp(number) if kind == "chunks" else greeted(number))
            await {"oversized": oversize, "chunks": chunk, "busy": hurry}[kind](reader, writer)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            tally["errors"] += 1
            await asyncio.sleep(0.01)
        finally:
            if writer:
                writer.transport.abort()


async def oversize(reader, writer):
    command = {"smtp": b"AUTH PLAIN ", "imap": b"a AUTHENTICATE PLAIN ", "pop3": b"AUTH PLAIN "}[protocol]
    for number in range(50):
        if leaving.is_set():
            return
        writer.write(command + (b"QUFB" if number % 2 else b"!===") * 25_000 + b"\r\n")
        await writer.drain()
        await line(reader)
        tally["refused"] += 1


async def chunk(reader, writer):
    expect((await ask(reader, writer, "MAIL FROM:<a@crowd.test>")).startswith("250"), "no MAIL")
    expect((await ask(reader, writer, f"RCPT TO:<{user}>")).startswith("250"), "no RCPT")
    for _ in range(100):
        if leaving.is_set():
            return
        writer.write(b"BDAT 1\r\nx" * 1000)
        await writer.drain()
        for _ in range(1000):
            expect((await line(reader)).startswith("250"), "no more chunks")
            tally["attempts"] += 1


async def hurry(reader, writer):
    while not leaving.is_set():
        writer.write((b"a NOOP\r\n" if protocol == "imap" else b"NOOP\r\n") * 4000)
        await writer.drain()
        for _ in range(4000):
            await line(reader)
            tally["attempts"] += 1


async def again(number, ready):
    """Does the same again and again until all leave."""
    ready()
    while not leaving.is_set():
        writer = None
        try:
            reader, writer = await connect(number)
            if kind == "flood":
                text = await line(reader)
                tally["refused" if text.startswith("421") else "attempts"] += 1
            elif options.get("smtp"):
                expect((await reply(reader)).startswith("220"), "no greeting")
                expect((await ask(reader, writer, "EHLO crowd.test")).startswith("250"), "no EHLO")
                for attempt in range(3):
                    secret = base64.b64encode(f"\0{user}\0wrong{attempt}".encode()).decode()
                    text = await ask(reader, writer, f"AUTH PLAIN {secret}")
                    tally["refused" if text.startswith("535") else "errors"] += 1
            else:
                expect((await line(reader)).startswith("* OK"), "no greeting")
                for attempt in range(3):
                    text = await tagged(reader, writer, "a", f'LOGIN "{user}" "wrong{attempt}"')
                    tally["refused" if text.startswith("a NO") else "errors"] += 1
        except (OSError, EOFError, ValueError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            tally["errors"] += 1
            await asyncio.sleep(0.01)
        finally:
            if writer:
                # With a reset, or the ports of one address would soon be used up.
                plain = writer.transport.get_extra_info("socket")
                if plain and plain.fileno() >= 0:
                    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()


async def main():
    there = 0

    def ready():
        nonlocal there
        there += 1

    work = again if kind in ("flood", "passwords") else press if kind in ("oversized", "chunks", "busy") else settle
    tasks = [asyncio.ensure_future(work(number, ready)) for number in range(count)]
    while not os.path.exists(options["until"]):
        broken = [task for task in tasks if task.done() and task.exception()]
        if broken:
            print(f"{len(broken)} of {count} failed, {there} were ready: {broken[0].exception()!r}")
            sys.exit(1)
        if there == count and not os.path.exists(options["ready"]):
            with open(options["ready"], "w") as file:
                file.write("ready")
        await asyncio.sleep(0.05)
    leaving.set()
    await asyncio.wait(tasks, timeout=300)
    print(" ".join(f"{name}={value}" for name, value in tally.items()))


wanted = count + 500
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if soft < wanted:
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
asyncio.run(main())
