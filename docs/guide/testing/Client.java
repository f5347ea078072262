// Reads the authentication certificate, asks the counter, presents the PIN, signs.
// java -Dsun.security.smartcardio.library=$LIBPCSCLITE_DELEGATE Client.java

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.smartcardio.Card;
import javax.smartcardio.CardChannel;
import javax.smartcardio.CommandAPDU;
import javax.smartcardio.ResponseAPDU;
import javax.smartcardio.TerminalFactory;

class Client {
    static CardChannel channel;

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    static byte[] send(CommandAPDU command) throws Exception {
        ResponseAPDU answer = channel.transmit(command);
        if (answer.getSW() != 0x9000) {
            throw new Exception("refused: %04X".formatted(answer.getSW()));
        }
        return answer.getData();
    }

    public static void main(String[] arguments) throws Exception {
        Card card = TerminalFactory.getDefault().terminals().list().get(0).connect("T=1");
        card.beginExclusive();
        channel = card.getBasicChannel();
        send(new CommandAPDU(0x00, 0xA4, 0x04, 0x0C, hex("D392F000260100000001")));

        ByteArrayOutputStream file = new ByteArrayOutputStream();
        int end = 4;
        while (file.size() < end) {
            int at = file.size();
            file.write(send(new CommandAPDU(0x00, 0xB0, at == 0 ? 0x8A : at >> 8, at & 255, 256)));
            byte[] head = file.toByteArray();
            end = 4 + ((head[2] & 255) << 8 | head[3] & 255);
        }
        Files.write(Path.of("certificate.der"), Arrays.copyOf(file.toByteArray(), end));

        int left = channel.transmit(new CommandAPDU(0x00, 0x20, 0x00, 0x98)).getSW() & 15;
        System.out.println(left + " attempts left");
        if (left < 2) {
            throw new Exception("the last attempt is kept");
        }
        send(new CommandAPDU(0x00, 0x20, 0x00, 0x98, "1234".getBytes()));

        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(hex("3031300D060960864801650304020105000420"));
        byte[] document = Files.readAllBytes(Path.of("document"));
        block.write(MessageDigest.getInstance("SHA-256").digest(document));
        byte[] signature = send(new CommandAPDU(0x80, 0x2A, 0x00, 0x97, block.toByteArray(), 256));
        Files.write(Path.of("signature"), signature);

        // The card forgets the PIN.
        send(new CommandAPDU(0x00, 0xA4, 0x04, 0x0C, hex("A0000001510000")));
        card.endExclusive();
        card.disconnect(true);
    }
}
