// SPDX-License-Identifier: Apache-2.0

/// How much a mechanism takes from a client that nobody knows yet.
///
/// All lengths are of decoded bytes.
package struct SASLLimits: Equatable, Sendable {
    /// Most bytes of one response.
    ///
    /// The default is what 12288 base64 digits hold, which RFC 4954 section 4 makes a server take.
    package var response: Int

    /// Most bytes of an identity.
    ///
    /// RFC 4616 section 2 lets a server refuse longer ones than 255; ours is wider for e-mail names.
    package var identity: Int

    /// Most bytes of a password; longer ones cost hashing time that a stranger decides.
    package var password: Int

    /// Makes limits; the defaults suit every protocol we serve.
    package init(response: Int = 9216, identity: Int = 512, password: Int = 1024) {
        self.response = response
        self.identity = identity
        self.password = password
    }
}
