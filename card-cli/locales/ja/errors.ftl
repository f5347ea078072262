# コードごとに: err- は何が起きたか、rec- は次に何をすればよいか。

label-error = エラー:{" "}

err-application-missing = このカードには{ $application }がありません
rec-application-missing = マイナンバーカードを使ってください。ほかのカードや古いカードにはなく、マイナ免許証は一部のカードにだけあります。`mynacard status` で中身を確認できます。
err-card-malformed = カードのデータが壊れています: { $step }、{ $at }バイト目
rec-card-malformed = カードを置き直してもう一度試してください。直らなければ `--trace FILE` で記録して報告してください。
err-card-mute = リーダーの中のものが応答しません
rec-card-mute = カードの向きを確かめ、端子を拭くか、リーダーに平らに置いて、もう一度試してください。
err-card-none = リーダーにカードがありません
rec-card-none = カードを入れてもう一度試すか、`--wait` を使ってください。
err-card-power = カードの電源が切れました
rec-card-power = カードを取り出して入れ直し、もう一度試してください。非接触の場合はカードを動かさないでください。
err-card-refused = カードが拒否しました: { $step }（ステータス { $status }）
rec-card-refused = カードを取り出して入れ直し、もう一度試してください。RSA-2048 以外の鍵のカードは `--check` を付けて署名します。`--trace FILE` で記録して報告できます。
err-card-removed = カードが取り出されました
rec-card-removed = カードを入れ、そのままにして、もう一度試してください。暗証番号の送信中だった場合、回数が減ったかどうかは `mynacard pin status` で分かります。
err-card-reset = ほかのプログラムがカードをリセットしました
rec-card-reset = もう一度試してください。続くようならほかのプログラムを終了してください。
err-card-several = 複数のリーダーにカードが入っています:{ $readers }
rec-card-several = `--reader` に番号か名前の一部を指定して選んでください。
err-card-silent = カードの応答が失われました
rec-card-silent = カードを取り出して入れ直し、もう一度試してください。暗証番号の送信中だった場合、回数が減ったかどうかは `mynacard pin status` で分かります。
err-certificate-absent = カードに{ $certificate }がありません
rec-certificate-absent = 発行されていないか、希望しなかったか、期限切れで消えています。市区町村の窓口で発行されます。
err-file-missing = カードにこのファイルがありません: { $step }
rec-file-missing = この種類のカードにはありません。`mynacard status` で中身を確認できます。
err-operation-cancelled = 中止しました
rec-operation-cancelled = 暗証番号を送っていた場合も、カードの認証状態は解除済みです。いつでもやり直せます。
err-pin-absent = このカードに{ $pin }はありません
rec-pin-absent = 暗証番号のない顔認証マイナンバーカードでは、パソコンでのログインも署名もできません。残り回数は減っていません。
err-pin-blocked = { $pin }はロックされています（閉塞）
rec-pin-blocked = 残り回数がありません。市区町村の窓口（マイナ免許証は警察）で再設定できます。ほかの暗証番号が使えれば、コンビニで再設定できる場合もあります。
err-pin-same = 新しい{ $pin }が現在のものと同じです。何も送っていません
rec-pin-same = 別の値にしてください。
err-pin-last-attempt = { $left ->
        [1] { $pin }は残り1回です。何も送っていません
       *[other] カードが{ $pin }の残り回数を答えないので、残り1回かもしれません。何も送っていません
    }
rec-pin-last-attempt = 確かであれば `--spend-last-attempt` を付けてやり直してください。誤っていた場合、市区町村の窓口でしか元に戻せません。
err-pin-needed = 先に{ $pin }が必要です
rec-pin-needed = `--pin` を付けてやり直してください。
err-pin-not-set = { $pin }は設定されていないため、送信しませんでした
rec-pin-not-set = 暗証番号を指定せずに実行してください。設定のない免許証には「****」を送る決まりです。残り回数は減っていません。
err-pin-refused-before = この{ $pin }はカードに拒否されたばかりです。もう一度は送っていません
rec-pin-refused-before = 別の値を使ってください。
err-pin-shape = { $pin }の形式に合いません: { $shape }
rec-pin-shape = 何も送っておらず、残り回数は減っていません。ほかの暗証番号と取り違えていないか確かめてください。
err-pin-split = 住民基本台帳用暗証番号は{ $changed }では変更されましたが、{ $unchanged }では変更されていません（{ $cause }）
rec-pin-split = 2か所の暗証番号が食い違っています。回数が減ったかどうかは `mynacard pin status` で分かります。市区町村の窓口で両方を再設定できます。
err-pin-wrong = { $pin }が違います。{ $left ->
        [unknown] カードは残り回数を答えません
        [1] 残り1回です
       *[other] 残り{ $left }回です
    }
rec-pin-wrong = ほかの暗証番号と取り違えていないか確かめてください。最後の1回を誤ると、市区町村の窓口でしか元に戻せません。
err-reader-ambiguous = この名前に合うリーダーが複数あります:{ $readers }
rec-reader-ambiguous = 名前をもう少し長く指定するか、番号で指定してください。
err-reader-busy = ほかのプログラムがカードを使用中で、時間内に終わりませんでした
rec-reader-busy = ほかのプログラムを終了するか、`--wait=秒数` で長く待って、もう一度試してください。暗証番号は送っていません。
err-reader-failed = リーダーの異常です（PC/SC { $number }）
rec-reader-failed = リーダーを差し直して、もう一度試してください。
err-reader-gone = リーダーが外されました
rec-reader-gone = リーダーをつないで、もう一度試してください。暗証番号の送信中だった場合、回数が減ったかどうかは `mynacard pin status` で分かります。
err-reader-none = リーダーがつながっていません
rec-reader-none = リーダーをつないでもう一度試すか、`--wait` を使ってください。カードなしで試すには `--reader sim:hanako`。
err-reader-unknown = この指定に合うリーダーがありません。あるのは次のとおりです:{ $readers }
rec-reader-unknown = `mynacard readers` ですべてを一覧にできます。
err-replay-mismatch = 記録では別のコマンドが続くはずです
rec-replay-mismatch = この記録は別のやりとりのものです。
err-secure-extended-length = カードまたはリーダーが、セキュアメッセージングに必要な長いコマンドに対応していません
rec-secure-extended-length = 別のリーダーを使うか、セキュアメッセージングなしで読み取ってください。
err-secure-lost = セキュアメッセージングのセッションが失われました。代わりに平文で読み取ることはしていません
rec-secure-lost = もう一度試してください。
err-service-none = スマートカードのサービスが動いていません
rec-service-none = Debian、Ubuntu: `sudo apt install pcscd && sudo systemctl start pcscd.socket`。カードなしで試すには `--reader sim:hanako`。
err-service-permission = スマートカードのサービスがこのユーザーを拒否しています
rec-service-permission = コンピューターに直接ログインするか、管理者に許可を求めてください（polkit: org.debian.pcsc-lite.access_pcsc）。コンテナなど polkit が動いていない環境では、`pcscd --disable-polkit` でサービスを起動してください。
err-signature-mismatch = 署名がカードの電子証明書と合いません。書き出していません
rec-signature-mismatch = カードを置き直してもう一度試してください。直らなければこのカードを使わず、報告してください。
err-signature-pss = このカードは、このハッシュ値のPSS署名を作れません
rec-signature-pss = PKCS #1 v1.5 の署名（RS256）を使うか、ハッシュ関数を SHA-256 にしてください。TLSではバージョン1.2を許可してください。

err-handling-unwritable = 取扱いの記録 { $path } を書き込めません: { $reason }。個人番号は表示していません
rec-handling-unwritable = 場所と権限を確かめてください。場所は XDG_STATE_HOME で決まります。

err-input-unreadable = { $path } を読めません: { $reason }
rec-input-unreadable = カードには何も送っていません。場所と権限を確かめてください。
err-card-busy = このカードはほかの処理が使っています
rec-card-busy = 終わるのを待つか、`timeoutMs` を指定してください。
err-consent-missing = 持ち主が誰か分かる内容ですが、同意がありません
rec-consent-missing = 利用者に確かめ、`consent.disclosesAttributes = true` を付けてください。
err-consent-disclosure = 氏名・住所・生年月日・性別が署名済みファイルに入りますが、同意がありません
rec-consent-disclosure = 端末で同意するか、`--consent-disclosure` を付けてください。カードには何も尋ねていません。
err-document-unsuitable = { $path } には署名できません: { $reason } ({ $code })
rec-document-unsuitable = 何も書いていません。{ $advice }
mend-decrypt = `qpdf --decrypt 元ファイル 新ファイル` で暗号化を解除し、新ファイルに署名してください。
mend-page = ファイルにあるページを指定してください。ページ数は `qpdf --show-npages ファイル` で分かります。
mend-limit = このソフトの上限です。そのまま `--format cms` で署名してください。
mend-place = `--visible` で別の位置を指定してください。
mend-earlier = 既存の署名が壊れているか、署名を加えると壊れます。署名されたままのファイルを入手するか、そのまま `--format cms` で署名してください。
mend-rewrite = `qpdf --object-streams=disable 元ファイル 新ファイル` で書き直し、新ファイルに署名してください（既存の署名は失われます）。または、そのまま `--format cms` で署名してください。
mend-plain = そのまま `--format cms` で署名してください。
err-document-refused = この署名は認められません: { $reason } ({ $code })
rec-document-refused = `mynacard verify --rules` ですべての規則を、`mynacard help { $code }` でこの理由を、`mynacard explain ファイル` でファイルの中身を確認できます。
err-document-unsigned = { $path } は署名済みファイルではなく、そばに { $signature } もありません
rec-document-unsigned = 署名を指定してください: `mynacard verify FILE --signature SIGNATURE`
err-documents-refused = { $count } 個のうち { $refused } 個のファイルが認められないか、ファイルがありません
rec-documents-refused = 理由は `mynacard verify ファイル` で1つずつ確認できます。
err-document-unknown = { $path } は知られている形式（CMS・PDF・XML・JWS）のどれでもありません
rec-document-unknown = 正しいファイルか確かめてください。署名値だけのファイルからは何も分かりません。
err-document-unreadable = { $path } を必要なところまで読めません: { $reason } ({ $code })
rec-document-unreadable = 壊れているか、途中で切れているか、ここでは読めない書き方です。もう一度もらってください。
err-font-unreadable = フォント { $path } を読めません: { $reason }
rec-font-unreadable = Debian: `sudo apt install fonts-ipaexfont-gothic`。または `--font FILE` で別のフォントを指定してください。
err-input-changed = { $path } は表示したものから変わっています
rec-input-changed = このファイルには何も書いていません。もう一度確かめてから署名してください。
err-pdf-glyph = 表示する文字の字形がフォントにありません ({ $character })
rec-pdf-glyph = 別のフォント (`--font FILE`) を使うか、`--visible` なしで署名してください。
err-pdf-room = { $path } の署名には { $needed } バイト必要ですが、{ $room } バイトしか空けていません
rec-pdf-room = タイムスタンプなしで署名するか、別の局を使ってください。この局の証明書が多すぎます。
err-sign-algorithm = この形式はカードの鍵の種類の署名を入れられません
rec-sign-algorithm = 別の形式を選んでください。鍵の種類は `mynacard cert sign` で分かります。
err-sign-existing = { $path } には署名を加えられません: { $reason } ({ $code })
rec-sign-existing = `mynacard verify` で確かめてください。加えられるのは同じファイルへの署名だけです。
err-timestamp-silent = タイムスタンプ局から返事がありません
rec-timestamp-silent = 何も書いていません。アドレス（http、10秒以内の返事）を確かめるか、なしで署名してください。
err-timestamp-unfit = タイムスタンプを信じられません: { $reason } ({ $code })
rec-timestamp-unfit = 何も書いていません。もう一度試すか、別の局を使ってください。
err-frame-broken = このインターフェースのフレームではありません
rec-frame-broken = `Content-Length: N`、空行、N バイトの JSON を送ってください。`--framing=lines` では1行に1つの JSON です。
err-licence-certificate = { $path } は免許証の署名を検証できる証明書ではありません
rec-licence-certificate = RSA 2048 ビットの鍵の証明書を1つ、DER か PEM で指定してください。警察の証明書は公開されていません。模擬カードでは `mynacard sim pki DIR` が DIR/licence/police.der を書き出します。
err-age-not-reached = その年齢に達していません
rec-age-not-reached = カードの記録による結果です。異常ではありません。
err-age-unknown = その年齢に達しているか、カードからは分かりません
rec-age-unknown = 生年月日の一部がカードにありません。
err-licence-expired = 免許証の有効期間が過ぎています
rec-licence-expired = カードに記録された日付が過ぎています。更新手続き中かどうかはカードには記録されていません。
err-output-exists = { $path } はすでにあります
rec-output-exists = 別の名前にするか、使えるコマンドでは `--force` を付けてください。記録は必ず新しいファイルに書き出します。
err-output-unwritable = { $path } に書き出せません: { $reason }
rec-output-unwritable = 別の場所にするか、権限を確かめてください。
err-persona-exists = { $name } という住民はすでにいます
rec-persona-exists = 別の名前にしてください。`mynacard sim list` で使われている名前が分かります。
err-persona-field = { $path }、{ $line }行目: { $field }: { $reason }
rec-persona-field = この項目を直してください。`mynacard sim new 名前` で説明付きの例を書き出せます。
err-persona-name = { $name } は住民の名前にできません
rec-persona-name = a〜z、0〜9、ハイフンの1〜32文字にしてください。英字で始めます。
err-persona-syntax = { $path }、{ $line }行目: { $reason }
rec-persona-syntax = この行を直してください。`mynacard sim new 名前` で説明付きの例を書き出せます。
err-persona-unknown = { $name } という住民はいません。いるのは次のとおりです:{ $known }
rec-persona-unknown = この中の名前か、ファイルを指定するか、`mynacard sim new 名前` で作ってください。
err-persona-unreadable = { $path } を読めません: { $reason }
rec-persona-unreadable = 場所と権限を確かめてください。
err-picture-unreadable = 顔写真を変換できません: { $problem }
rec-picture-unreadable = `--png` と `--show` を付けなければ、カードにあるままの形で書き出します。
err-pin-no-terminal = 暗証番号を入力する端末がありません
rec-pin-no-terminal = 入力元を指定してください: `--pin stdin`、`--pin fd:N`、`--pin file:PATH`、`--pin pinentry`。
err-pin-not-repeated = 新しい暗証番号の2回の入力が一致しません
rec-pin-not-repeated = 何も変更しておらず、残り回数は減っていません。やり直してください。
err-pin-sim-only = `--pin sim` は模擬カード専用です。このカードは模擬カードだと確認できません
rec-pin-sim-only = 指定を外して暗証番号を入力するか、別の入力元を指定してください。
err-pin-source = { $path } から暗証番号を読めません: { $reason }
rec-pin-source = カードには何も送っていません。入力元を確かめてください。
err-program-bug = mynacard { $version } の不具合です（{ $place }）
rec-program-bug = この行と、暗証番号を除いたコマンドを報告してください。暗証番号を送っていた場合はカードを取り出してください。
err-purpose-law = { $problem }
rec-purpose-law = `--law 法令名` は `--purpose other-by-law` のときだけ付けます。法律または条例の名前です。
err-purpose-missing = 個人番号は目的なしには読み取りません。目的が指定されていません
rec-purpose-missing =
    個人番号の提供を求め、収集し、保管できる場合は法律で限られています（番号法、平成25年法律第27号、第14条・第19条・第20条）。
    `--purpose` に social-security（社会保障）、tax（税）、disaster（災害対策）、other-by-law（`--law 法令名` とともに）、
    または本人が自分の番号を見る holder を指定してください。番号を含まない記録が1行残ります。
err-purpose-unknown = 個人番号を読み取る目的ではありません
rec-purpose-unknown = 法律で定められています（番号法第14条・第19条・第20条）: `social-security`、`tax`、`disaster`、`other-by-law`、または `holder`。
err-record-not-genuine = すべてが証明されたわけではありません
rec-record-not-genuine = どの検査がなぜ通らなかったかは上の行にあります。誰を信頼するかは `--trust` で指定します: production、jlis-test、sim、またはフォルダー。
err-sim-absent = { $path } に模擬カードがありません
rec-sim-absent = `mynacard sim run` で実行したコマンドの中で使うか、`--socket` でソケットを指定してください。
err-sim-command = コマンド { $path } を実行できません: { $reason }
rec-sim-command = 名前と権限を確かめてください。コマンドは `--` の後に書きます: `mynacard sim run hanako -- opensc-tool --list-readers`
err-sim-in-use = 見本のカード { $name } はほかのプログラムが使っています
rec-sim-in-use = 終わるのを待つか、別の住民を使ってください。
err-sim-library = 模擬カード用のクライアントライブラリーがありません
rec-sim-library = `make install` でインストールするか、`MYNACARD_SIM_LIBRARY` に `libcard_sim_pcsc.so` の場所を指定してください。探した場所: { $places }
err-sim-misbehaved = このコマンドはカードを正しく扱っていません
rec-sim-misbehaved = 上の行に、どの場面の問題かがあります。`mynacard sim run 住民 --log ファイル -- コマンド` で、やりとりを1つずつ確かめられます。
err-sim-refused = 模擬カードに対する操作ができません: { $why ->
        [card] そのカードはありません
        [resident] その住民はいません
        [fault] 障害の値がないか、正しくないか、別の障害のものです
        [quirk] その相違点はありません
        [quirk-value] その相違点にその値はありません
        [pin] カードにその暗証番号はありません
        [state] スナップショットではありません
        [io] 記憶を書き込めません
       *[other] 要求の形式が正しくありません
    }
rec-sim-refused = カードは `mynacard sim ctl cards` で一覧にできます。相違点と値は `docs/card/quirks.md`、障害は `docs/simulator.md` にあります。
err-sim-state = 見本のカードの記憶 { $path } を使えません: { $reason }
rec-sim-state = 権限を確かめるか、`mynacard sim reset 名前` で最初の状態に戻してください。
err-trace-malformed = { $path } は mynacard の記録ではありません（{ $line }行目）
rec-trace-malformed = `--trace` で書き出したファイルを指定してください。
err-trust-issuer-key = { $path } は発行者の鍵ではありません
rec-trust-issuer-key = `key-id`、`modulus`、`exponent` の3行で、それぞれ16進数の文字列です。`mynacard sim pki フォルダー` で見本を書き出せます。
err-usage-wrong = { $text }
err-web-eid-argument = サイトの要求の引数が正しくありません: { $problem }
rec-web-eid-argument = サイトの運営者が要求を直す必要があります。
rec-usage-wrong = `{ $command } --help` で使い方が分かります。
err-web-eid-request = ブラウザーの要求を理解できません: { $problem }
rec-web-eid-request = 要求できるのは公開されている Web eID 拡張機能だけです。サイトか拡張機能が古すぎるか、新しすぎる可能性があります。

application-jpki = 公的個人認証AP
application-profile = 券面事項入力補助AP
application-visual = 券面事項確認AP
application-resident = 住基AP
application-common = 共通カードAP
application-licence = マイナ免許証
application-issuer-domain = 発行者ドメイン
application-other = その他のアプリケーション

certificate-authentication = 利用者証明用電子証明書
certificate-signature = 署名用電子証明書
certificate-authentication-ca = 利用者証明用電子証明書の認証局の証明書
certificate-signature-ca = 署名用電子証明書の認証局の証明書

pin-authentication = 利用者証明用電子証明書暗証番号（数字4桁）
pin-signature = 署名用電子証明書暗証番号（英数字6〜16文字）
pin-licence = マイナ免許証の暗証番号（数字4桁）
pin-profile = 券面事項入力補助用暗証番号（数字4桁）
pin-resident = 住民基本台帳用暗証番号（数字4桁）
pin-number-a = 照合番号A（12桁、個人番号）
pin-number-b = 照合番号B（14桁: 生年月日6桁＋有効期限の西暦4桁＋セキュリティコード4桁）
pin-birth = 生年月日6桁（券面の和暦で YYMMDD、例: 平成2年4月1日 → 020401）
pin-other = 暗証番号

shape-exactly = 半角{ $least }文字で入力してください
shape-length = 半角{ $least }〜{ $most }文字で入力してください
shape-digits = 半角数字0〜9で入力してください
shape-letters-and-digits = 半角の英字A〜Zと数字で入力してください
shape-needs-letter-and-digit = 新しいものには英字と数字がそれぞれ1文字以上必要です
shape-check-digit = 最後の数字がほかの数字と合いません。どれかが違います
shape-date = 先頭は券面に書かれた生年月日（YYMMDD）です
shape-year = 生年月日の次はカードの有効期限の西暦年です
shape-other = 形が違います

step-select-application = アプリケーションの選択
step-select-file = ファイルの選択
step-ask-attempts = 残り回数の問い合わせ
step-present-pin = 暗証番号の提示
step-change-pin = 暗証番号の変更
step-sign = 署名
step-token-information = トークン情報
step-certificates-present = 電子証明書の一覧
step-authentication-certificate = 利用者証明用電子証明書
step-authentication-ca-certificate = 利用者証明用電子証明書の認証局の証明書
step-signature-certificate = 署名用電子証明書
step-signature-ca-certificate = 署名用電子証明書の認証局の証明書
step-card-number = カード番号
step-data-object = データオブジェクト
step-key-reference = 鍵の参照情報
step-my-number = 個人番号
step-attributes = 基本4情報
step-signature-record = 個人番号と基本4情報の署名
step-profile-certificate = 券面事項入力補助APのCV証明書
step-profile-information = 券面事項入力補助APの基本情報
step-session-key = セッション鍵配送用の鍵
step-own-key = 券面事項入力補助APの内部認証用の鍵
step-age-record = 生年月日の記録
step-card-face = 券面
step-visual-information = 券面事項確認APの基本情報
step-visual-certificate = 券面事項確認APのCV証明書
step-number-picture = 個人番号の画像
step-licence-pin-state = マイナ免許証の暗証番号の設定
step-licence-record = 免許情報記録
step-licence-signature = マイナ免許証の電子署名
step-open-session = セキュアメッセージングの開始
step-other = その他の処理

reason-not-found = 見つかりません
reason-not-permitted = 権限がありません
reason-is-a-folder = フォルダーです
reason-is-no-folder = 途中にフォルダーでないものがあります
reason-full = 空きがありません
reason-read-only = 読み取り専用です
reason-too-large = 長すぎます
reason-not-text = 文字として読めません
reason-not-a-name = ファイルの名前にできません
reason-not-ours = このプログラムが書いたものではありません
reason-too-short = 短すぎます
reason-no-list = DER形式またはPEM形式の失効リストではないか、壊れています
reason-no-pinentry = pinentry というプログラムがありません
reason-no-issuer-key = 発行者の鍵（*.cvkey.toml）が入っていません

purpose-law-missing = 法令名がありません
purpose-law-unasked = この目的に法令名は付けません
purpose-law-name = 法令名として使えません

picture-broken = 読み取れる画像ではありません
picture-too-large = カードの画像としては大きすぎると書かれています
picture-colours = 未知の色の種類です

mistake-missing = ありません
mistake-unknown-resident = この名前の見本の住民はいません
mistake-name = a〜z、0〜9、ハイフンの1〜32文字で、英字で始めてください
mistake-text = 1〜{ $count }文字で、制御文字は使えません
mistake-digits = 数字{ $count }桁にしてください
mistake-flags = 文字ごとに0か1を1つ、合わせて{ $count }桁にしてください
mistake-answer-to-reset = 16進数で2〜33バイトにしてください
mistake-range = { $least }〜{ $most }にしてください
mistake-birth-date = 元号の数字（0〜5）と年月日 YYYYMMDD にしてください（不明なところは0）
mistake-sex = 1（男）、2（女）、3（不明）のどれかにしてください
mistake-check-digit = 検査用数字が違います。個人番号ではありえません
mistake-date = 2036-04-01 のような日付にしてください
mistake-instant = 2026-10-27T02:15:00Z のような協定世界時の時刻（2050年より前）にしてください
mistake-ends-before-it-begins = 発行の時刻より前です
mistake-pin-four-digits = 数字4桁にしてください
mistake-pin-password = 英大文字と数字で6〜16文字にしてください
mistake-attempts = カードの残り回数は最大{ $count }回です
mistake-file = { $file } を読めません
mistake-key = PEM（PKCS #8）の秘密鍵ではありません
mistake-certificate = DER の X.509 証明書ではありません
mistake-key-does-not-fit = 電子証明書が別の鍵のものです
mistake-keys = PEM の PKCS #8 で、2048 ビットの RSA 鍵を { $count } 個続けて入れてください
mistake-no-records = 記録を持つ見本の住民にこの名前はありません
mistake-profile = `mynacard probe` が書き出した形のファイルではありません
mistake-pictures = 画像が大きすぎてカードに入りません
mistake-signature-does-not-fit = 合わない署名があります。ファイルを指定しなければすべて署名し直されます
mistake-signatures = カードの記録の署名ではありません
mistake-licence = このマイナ免許証は書き込めません（値が長すぎる、免許の種類にない、または JIS X 0208 にない文字があります）
mistake-issue = 試験用の認証局はこの証明書を発行できません
err-setup-broken = カードの利用を妨げているものがあります
rec-setup-broken = 最初の NG の下にある行を入力してから、もう一度 `mynacard doctor` を実行してください。
