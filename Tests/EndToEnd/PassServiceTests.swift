// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// Services of type `pass` in master.cf.
    @Suite struct PassServices {
        /// Connects to itself, hands the accepted end to the service, and speaks to it through the other.
        private static let script = """
            import socket, sys
            listener = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(listener.getsockname())
            accepted, _ = listener.accept()
            bearer = socket.socket(socket.AF_UNIX)
            bearer.connect(sys.argv[1])
            socket.send_fds(bearer, [b"x"], [accepted.fileno()])
            accepted.close()
            client.settimeout(300)
            print(client.recv(1000).decode(), end="")
            client.sendall(b"QUIT\\r\\n")
            print(client.recv(1000).decode(), end="")
            """

        @Test func `A service of type pass serves the connections that another process has accepted`() async throws {
            try await MailInstance.running(
                { setup, _ in setup.master.append("passed pass - - n - - smtpd") },
                { instance in
                    let socket = instance.folder["spool/private/passed"]
                    let result = try await Command.run(["python3", "-c", Self.script, socket])
                    #expect(result.isSuccess, "\(result)")
                    #expect(result.text.hasPrefix("220 mx.example.test ESMTP"))
                    #expect(result.text.contains("221 2.0.0 Bye"))
                }
            )
        }
    }
}
